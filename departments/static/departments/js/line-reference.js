/* The rich text editor's reference to a contact line: a button that opens the list of lines, and how one looks. */
(() => {
  const { React, DraftJS, draftail, wagtail } = window;

  class LineSource extends draftail.ModalWorkflowSource {
    getChooserConfig() {
      return {
        url: this.props.entityType.chooserUrls.lineChooser,
        urlParams: {},
        onload: window.CHOOSER_MODAL_ONLOAD_HANDLERS,
        responses: { chosen: this.onChosen },
      };
    }

    filterEntityData({ uuid, label }) {
      return { uuid, label, answers: true };
    }

    // Wagtail's own makes links of what is selected; a reference stands in its place, whole and not to be edited.
    onChosen(chosen) {
      const { editorState, entityType, onComplete } = this.props;
      const data = this.filterEntityData(chosen);
      const content = editorState.getCurrentContent().createEntity(entityType.type, 'IMMUTABLE', data);
      const changed = DraftJS.Modifier.replaceText(
        content,
        editorState.getSelection(),
        data.label,
        null,
        content.getLastCreatedEntityKey(),
      );
      this.workflow.close();
      onComplete(DraftJS.EditorState.push(editorState, changed, 'insert-characters'));
    }
  }

  const LineReference = (props) => {
    const { label, answers } = props.contentState.getEntity(props.entityKey).getData();
    return React.createElement(draftail.TooltipEntity, {
      ...props,
      icon: React.createElement(wagtail.components.Icon, { name: answers ? 'mobile-alt' : 'warning' }),
      label,
    });
  };

  draftail.registerPlugin({ type: 'CONTACT_LINE', source: LineSource, decorator: LineReference }, 'entityTypes');
})();
