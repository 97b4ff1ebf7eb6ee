"""The local door: a command that found the database locked lets the running program do it."""

import stat

import pytest

from bot.socket import CommandFailed, NobodyListens, ask, serve_commands, socket_beside


async def double(args):
    return {"doubled": args["number"] * 2}


async def test_the_running_program_does_what_is_asked(tmp_path):
    async with serve_commands(tmp_path / "x.sock", {"double": double}):
        assert await ask(tmp_path / "x.sock", "double", number=21) == {"doubled": 42}


async def test_only_the_same_user_may_knock(tmp_path):
    async with serve_commands(tmp_path / "x.sock", {}):
        assert stat.S_IMODE((tmp_path / "x.sock").stat().st_mode) == 0o600


async def test_an_unknown_command_is_refused_with_a_sentence(tmp_path):
    async with serve_commands(tmp_path / "x.sock", {"double": double}):
        with pytest.raises(CommandFailed, match="does not know the command 'treble'"):
            await ask(tmp_path / "x.sock", "treble")


async def test_a_handler_that_breaks_leaves_the_asker_with_a_sentence_and_the_server_alive(tmp_path):
    async with serve_commands(tmp_path / "x.sock", {"double": double}):
        with pytest.raises(CommandFailed, match="log tells why"):
            await ask(tmp_path / "x.sock", "double", wrong=1)
        assert await ask(tmp_path / "x.sock", "double", number=1) == {"doubled": 2}


async def test_where_nobody_listens_the_asker_hears_so(tmp_path):
    with pytest.raises(NobodyListens):
        await ask(tmp_path / "x.sock", "double", number=1)


async def test_a_socket_left_by_the_dead_is_replaced_and_ours_is_taken_away(tmp_path):
    path = tmp_path / "x.sock"
    path.touch()
    async with serve_commands(path, {"double": double}):
        assert await ask(path, "double", number=2) == {"doubled": 4}
    assert not path.exists()


async def test_a_folder_may_be_deeper_than_a_socket_address_is_long(tmp_path):
    folder = tmp_path.joinpath(*["a rather long name of a folder"] * 5)
    folder.mkdir(parents=True)
    path = socket_beside(folder / "otklik.db")
    async with serve_commands(path, {"double": double}):
        assert await ask(path, "double", number=3) == {"doubled": 6}
