"""The commands `hangce users …`: who may sign in to the web application."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ui.accounts import ROLES, Accounts, Role

_HOME = click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Where the index and the users live (or HANGCE_HOME; default .hangce).",
)
_STDIN = click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def users() -> None:
    """The people who may sign in to the web application."""


@users.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they work on; an admin sees all.")
@_STDIN
@_HOME
def add(name: str, role: Role, from_stdin: bool, home: str | None) -> None:
    """Add someone; asks for the password."""
    _accounts(home).add(name, role, _password(from_stdin))
    click.echo(f"已添加 {name}（{role}）。")


@users.command("list")
@_HOME
def list_users(home: str | None) -> None:
    """List everyone with their role."""
    found = _accounts(home).users()
    for user in found:
        click.echo(f"{user.name}\t{user.role}")
    if not found:
        click.echo("还没有用户。用 hangce users add 名字 --role staff 添加。")


@users.command()
@click.argument("name")
@_HOME
def remove(name: str, home: str | None) -> None:
    """Remove someone; where they are signed in, that ends."""
    _accounts(home).remove(name)
    click.echo(f"已删除 {name}。")


@users.command()
@click.argument("name")
@_STDIN
@_HOME
def password(name: str, from_stdin: bool, home: str | None) -> None:
    """Give someone another password; where they are signed in, that ends."""
    _accounts(home).set_password(name, _password(from_stdin))
    click.echo(f"已更换 {name} 的密码。")


def _accounts(home: str | None) -> Accounts:
    from index.home import Home

    return Accounts(Path(Home(home).path))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("密码", hide_input=True, confirmation_prompt="再输入一次"))
