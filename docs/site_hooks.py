"""What MkDocs has to know besides mkdocs.yml, so that docs/ stays plain Markdown that the tests run.

The pages are also read in the repository. So their fences carry options for the tests, which are no
Markdown, and their links leave docs/, for pages that live beside the code and are pages of the site too.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY: Final = Path(__file__).resolve().parents[1]

ELSEWHERE: Final = ("benchmarks/RESULTS.md", "examples/ganzoo-self-attention/README.md")
"""Pages of the site outside of docs/, by their paths in the repository, which are their paths in the site."""

_FENCE = re.compile(r"^```(?P<language>[\w-]+)(?P<options>(?: [\w-]+(?:=\S+)?)*) *$", re.MULTILINE)
_FENCED = re.compile(r"(^```.*?^```[ \t]*$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replaces entries of the navigation such as `decisions/*` by the pages that match."""
    config.nav = _expanded(config.nav, Path(config.docs_dir))
    return config


def _expanded(nav: Any, docs: Path) -> Any:
    if isinstance(nav, dict):
        return {title: _expanded(entries, docs) for title, entries in nav.items()}
    if not isinstance(nav, list):
        return nav
    pages: list[Any] = []
    for entry in nav:
        if isinstance(entry, str) and "*" in entry:
            pages += sorted(path.relative_to(docs).as_posix() for path in docs.glob(entry))
        else:
            pages.append(_expanded(entry, docs))
    return pages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that live elsewhere in the repository."""
    for path in ELSEWHERE:
        files.append(File.generated(config, path, abs_src_path=str(REPOSITORY / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Makes fences and links what MkDocs understands."""
    source = page.file.src_uri
    pieces = _FENCED.split(markdown)  # what is between fences, a fence, what is between, ...
    pieces[::2] = [links_within_site(piece, source) for piece in pieces[::2]]
    pieces[1::2] = [fence_without_options(piece) for piece in pieces[1::2]]
    return "".join(pieces)


def fence_without_options(fence: str) -> str:
    """Drops the options of the tests from a fence's first line, and makes `file=NAME` its title."""

    def replace(match: re.Match[str]) -> str:
        names = dict(option.partition("=")[::2] for option in match["options"].split())
        title = f' title="{names["file"]}"' if "file" in names else ""
        return f"```{match['language']}{title}"

    return _FENCE.sub(replace, fence, count=1)


def links_within_site(markdown: str, source: str) -> str:
    """Turns links that hold in the repository into those that hold in the site.

    Args:
        markdown: text of the page.
        source: path of the page in the site, such as `vi/tutorial.md`.
    """
    home = source if source in ELSEWHERE else f"docs/{source}"

    def replace(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(home), match["path"]))
        if target == "README.md":  # the repository's first page; the site's is the start page
            target = "docs/index.md"
        path = posixpath.relpath(target.removeprefix("docs/"), posixpath.dirname(source) or ".")
        return f"]({path}{match['anchor'] or ''})"

    return _LINK.sub(replace, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Says to browsers and screen readers which language a page is in."""
    if page.file.src_uri.startswith("vi/"):
        return output.replace('<html lang="en"', '<html lang="vi"', 1)
    return output
