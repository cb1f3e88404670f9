/** All the elements of the page. Each stands alone and listens: see the line at the top of its file. */
import "./confirm-dialog.js";
import "./file-details.js";
import "./file-list.js";
import "./status-line.js";
import "./upload-form.js";
import "./where-from.js";
