"""``/docs``: the API in Swagger UI, every asset served from here, so that it also works offline."""

from importlib.resources import files

from flask import Blueprint, Response, abort, redirect
from werkzeug.wrappers import Response as BaseResponse

ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}

# Swagger UI sets style attributes and draws its icons from data: URLs. Scripts come from here only.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Claim scrubber API</title>
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/assets/favicon-32x32.png">
</head>
<body>
<main id="api"><noscript>This page needs JavaScript. The API is described in
<a href="openapi.json">openapi.json</a>.</noscript></main>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/start.js"></script>
</body>
</html>
"""

START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#api", deepLinking: true, displayRequestDuration: true, validatorUrl: null,
});
"""


def docs_blueprint() -> Blueprint:
    """The page and its assets."""
    blueprint = Blueprint("docs", __name__)
    dist = files("flask_swagger_ui") / "dist"

    @blueprint.get("/")
    def root() -> BaseResponse:
        return redirect("docs")

    @blueprint.get("/docs")
    def page() -> Response:
        response = Response(PAGE, mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @blueprint.get("/docs/assets/<name>")
    def asset(name: str) -> Response:
        if name == "start.js":
            content, media_type = START.encode(), "text/javascript"
        elif name in ASSETS:
            content, media_type = (dist / name).read_bytes(), ASSETS[name]
        else:
            abort(404)
        response = Response(content, mimetype=media_type)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    return blueprint
