/* The rich text editor's reference to a contact line: a button that opens the list of lines, and how one looks. */
(() => {
  const { React, DraftJS, draftail, wagtail } = window;

  class LineSource extends draftail.ModalWorkflowSource {
    getChooserConfig() {
      return {
        url: this.props.entityType.chooserUrls.lineChooser,
        urlParams: {},
        onload: this.onload(),
        responses: { chosen: this.onChosen },
      };
    }

    // Wagtail's list of choices stays silent when its request fails: say so in the window.
    onload() {
      const { lineChooser } = this.props.entityType.chooserUrls;
      const { failed } = this.props.entityType;
      const handlers = window.CHOOSER_MODAL_ONLOAD_HANDLERS;
      return {
        ...handlers,
        choose(modal, data) {
          handlers.choose(modal, data);
          const list = modal.body.find('#search-results')[0];
          const onError = (event, request, settings, reason) => {
            if (!list.isConnected) {
              window.jQuery(document).off('ajaxError', onError);
              return;
            }
            if (reason === 'abort' || !new URL(settings.url, window.location.href).pathname.startsWith(lineChooser)) return;
            const message = document.createElement('p');
            message.className = 'help-block help-critical';
            message.setAttribute('role', 'alert');
            message.textContent = failed;
            list.replaceChildren(message);
          };
          window.jQuery(document).on('ajaxError', onError);
        },
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
