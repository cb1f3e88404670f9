"""How the dashboard looks: in JupyterLab's own colours, light and dark."""

HEAD = """
<p class="upload-dashboard-title">Upload dashboard</p>
<p class="upload-dashboard-hint">Files go straight to S3, each with a ticket that lasts minutes.</p>
"""

STYLE = """
<style>
.upload-dashboard {
  max-width: 46rem; padding: 14px 18px; gap: 6px; border-radius: 8px;
  border: 1px solid var(--jp-border-color2, #bdbdbd); border-top: 4px solid var(--jp-brand-color1, #1976d2);
}
.upload-dashboard-title { font-size: 1.25em; font-weight: 600; margin: 0; line-height: 1.4 }
.upload-dashboard-hint { margin: 0; line-height: 1.5; color: var(--jp-ui-font-color2, #616161) }
.upload-dashboard select { padding: 4px; font-variant-numeric: tabular-nums }
.upload-dashboard option { padding: 3px 6px; border-radius: 3px }
.upload-dashboard .widget-label-basic { color: var(--jp-ui-font-color2, #616161) }
.upload-dashboard-details {
  padding: 8px 12px; border-radius: 6px; background: var(--jp-layout-color2, #eee); overflow: hidden;
}
.upload-dashboard-details a {
  font-weight: 600; overflow-wrap: anywhere;
  text-decoration: underline; color: var(--jp-content-link-color, #1565c0);
}
.upload-dashboard-details button { background: var(--jp-layout-color3, #ddd) }
.upload-dashboard-details dl {
  display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 6px 0; line-height: 1.5;
}
.upload-dashboard-details dt {
  font-weight: 400; white-space: nowrap; color: var(--jp-ui-font-color2, #616161);
}
.upload-dashboard-details dd { margin: 0; overflow-wrap: anywhere }
.upload-dashboard-details code { background: none; padding: 0; color: inherit }
.upload-dashboard-question {
  padding: 6px 12px; border-left: 4px solid var(--jp-error-color1, #d32f2f);
}
.upload-dashboard :is(button, select, input):focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px;
}
</style>
"""
