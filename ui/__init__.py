"""What a person or another program meets: the command line, the web pages, the API.

In: words, files and options from outside. Out: answers as text, JSON or HTML. Open `ui.cli` first for the commands;
`ui.web` lays out the page and its events, `ui.render` turns answers and clauses into safe HTML, `ui/assets` holds
the page's style and its few lines of JavaScript. What the pages stand on is put together in `ui.server`: settings,
accounts and sessions, `ui/storage`, limits, the API (`ui.api`, `ui.chat_api`, `ui.tools_server`), metrics and logs.
"""
