"""Lambda's data plane: functions run in processes of their own, under AWS's runtime interface client."""
