"""The console as one application, to be mounted at /console."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from console.guard import LARGEST_FORM, Guard, visit_of
from console.pages import Console
from console.parts import ConsoleParts
from console.routes import PAGES

__all__ = ["ConsoleParts", "create_console"]


def create_console(parts: ConsoleParts) -> Starlette:
    """Every page, ready to be served; it opens and closes nothing."""
    console = Console(parts)
    static = Mount(f"/static/{console.version}", StaticFiles(directory=Path(__file__).with_name("static")))
    routes: list[BaseRoute] = [static, *(page.route() for page in PAGES)]
    larger = {page.path: page.largest for page in PAGES if page.largest > LARGEST_FORM}
    app = Starlette(routes=routes, middleware=[Middleware(Guard, larger=larger)], exception_handlers={404: _missing})
    app.state.console = console
    return app


async def _missing(request: Request, error: Exception) -> Response:
    return (await visit_of(request)).page("missing.html", 404)
