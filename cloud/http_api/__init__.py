"""API Gateway's HTTP APIs: routes, events, answers, CORS."""
