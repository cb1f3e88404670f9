"""The upload dashboard as ipywidgets, over the same HTTP API that the page calls."""

from dashboard.widgets.key_guard import KeyGuard
from dashboard.widgets.upload_dashboard import UploadDashboard

__all__ = ["KeyGuard", "UploadDashboard"]
