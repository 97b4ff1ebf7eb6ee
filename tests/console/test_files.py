"""Pictures and voices of customers on the pages of those who may see them, and for nobody else."""

import pytest

from messaging import files
from messaging.files import Fetched
from messaging.pictures import JPEG, OGG
from storage.files import Awaited
from storage.kinds import FeedbackSource, FileTrouble, Role
from storage.models import Media
from tests.console.shop import BOT
from tests.console.test_feedback import said
from tests.console.test_pages import plain
from tests.samples import OGG as VOICE
from tests.samples import jpeg


async def sends(shop, customer, source: str, words: str = "", outcome=None) -> str:
    """A message with a file, as the intake stores it, and what came of fetching it; its id."""
    event_id = await shop.says(customer, words)

    def unit(store) -> str:
        file_id = files.keep_of_event(store, event_id, BOT, source, customer.id, shop.now)
        if outcome is not None:
            files.settle(store, Awaited(file_id, BOT, source, customer.id, 0), outcome, shop.now)
        return file_id

    return await shop.database.write(unit)


async def nameless(shop, outcome=None) -> str:
    def unit(store) -> str:
        file_id = files.keep(store, BOT, "nobody's", None, shop.now)
        if outcome is not None:
            files.settle(store, Awaited(file_id, BOT, "nobody's", None, 0), outcome, shop.now)
        return file_id

    return await shop.database.write(unit)


@pytest.fixture
async def olga(shop):
    case = await shop.complaint("Olga", "The soup was cold")
    return await shop.database.read(lambda store: store.customers.get(case.customer_id))


@pytest.fixture
async def case(shop, olga):
    return await shop.database.read(lambda store: store.cases.open_for(olga.id))


@pytest.fixture
async def operator(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.OPERATOR)
        yield browser


async def test_a_picture_stands_in_the_conversation_and_opens(shop, operator, olga, case):
    file_id = await sends(shop, olga, "photo", outcome=Fetched(jpeg(), JPEG))
    page = (await operator.get(f"/console/inbox/{case.id}")).text
    assert f'<img src="/console/files/{file_id}"' in page
    answer = await operator.get(f"/console/files/{file_id}")
    assert (answer.content, answer.headers["content-type"]) == (jpeg(), "image/jpeg")
    assert answer.headers["content-disposition"] == f'inline; filename="{file_id[:8]}.jpg"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, max-age=600"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_voice_can_be_listened_to_from_any_place_of_it(shop, operator, olga, case):
    file_id = await sends(shop, olga, "voice", outcome=Fetched(VOICE, OGG))
    assert (
        f'<audio class="sent" controls preload="none" src="/console/files/{file_id}"'
        in (await operator.get(f"/console/inbox/{case.id}")).text
    )
    for asked, begin, end in (
        ("bytes=0-1", 0, 1),
        ("bytes=5-", 5, len(VOICE) - 1),
        ("bytes=3-9999", 3, len(VOICE) - 1),
    ):
        answer = await operator.get(f"/console/files/{file_id}", headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, VOICE[begin : end + 1])
        assert answer.headers["content-range"] == f"bytes {begin}-{end}/{len(VOICE)}"
    assert (await operator.get(f"/console/files/{file_id}", headers={"range": "bytes=9999-"})).status_code == 416
    assert (await operator.get(f"/console/files/{file_id}", headers={"range": "bytes=-5, 1-2"})).content == VOICE


async def test_what_is_not_here_yet_says_so_and_is_no_address(shop, operator, olga, case):
    file_id = await sends(shop, olga, "photo")
    page = (await operator.get(f"/console/inbox/{case.id}")).text
    assert "ещё загружается из мессенджера" in page
    assert (await operator.get(f"/console/files/{file_id}")).status_code == 404


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (FileTrouble.GONE, "Мессенджер больше не отдаёт"),
        (FileTrouble.TOO_LARGE, "больше 10 МБ"),
        (FileTrouble.WRONG_TYPE, "Файл не подошёл"),
        (FileTrouble.UNREACHABLE, "не удалось загрузить за сутки"),
    ],
)
async def test_what_will_never_be_here_says_why_and_what_to_do(shop, operator, olga, case, trouble, words):
    await sends(shop, olga, "photo", outcome=trouble)
    page = (await operator.get(f"/console/inbox/{case.id}")).text
    assert words in page
    assert "Попросите клиента прислать его ещё раз." in page


async def test_a_picture_alone_is_what_the_list_says_was_said_last(shop, operator, olga, case):
    await sends(shop, olga, "photo")
    assert "Фото или голосовое сообщение" in (await operator.get("/console/inbox")).text


async def test_the_open_page_gets_the_picture_when_it_is_here(shop, operator, olga, case):
    file_id = await sends(shop, olga, "photo")
    seq = await shop.database.read(lambda store: store.feed.last_seq())
    awaited = Awaited(file_id, BOT, "photo", olga.id, 0)
    await shop.database.write(lambda store: files.settle(store, awaited, Fetched(jpeg(), JPEG), shop.now))
    told = await operator.get(f"/console/live/missed?after={seq}")
    assert f'<img src="/console/files/{file_id}"' in told.text


async def test_the_profile_shows_it_to_who_may_read_words(shop, browse, olga):
    file_id = await sends(shop, olga, "photo", outcome=Fetched(jpeg(), JPEG))
    for role in Role:
        async with browse() as browser:
            await shop.let_in(browser, role)
            page = (await browser.get(f"/console/customers/{olga.id}")).text
            answer = await browser.get(f"/console/files/{file_id}")
        reads = role not in (Role.CASHIER, Role.ANALYST)
        assert (f"/console/files/{file_id}" in page) == reads, role
        assert answer.status_code == (200 if reads else 403)


async def test_feedback_shows_what_came_with_it(shop, operator, olga):
    shown = await sends(shop, olga, "photo", outcome=Fetched(jpeg(), JPEG))
    await said(shop, "грязно", media_ids=[shown], customer_id=olga.id, source=FeedbackSource.MENU)
    page = (await operator.get("/console/feedback")).text
    assert f'<img src="/console/files/{shown}"' in page


async def test_a_nameless_picture_is_shown_and_nobody_is_asked_again(shop, operator):
    seen, lost = await nameless(shop, Fetched(jpeg(), JPEG)), await nameless(shop, FileTrouble.GONE)
    for file_id in (seen, lost):
        await said(shop, "", media_ids=[file_id], source=FeedbackSource.ANONYMOUS)
    page = plain((await operator.get("/console/feedback")).text)
    assert f'<img src="/console/files/{seen}"' in page
    assert (await operator.get(f"/console/files/{seen}")).content == jpeg()
    assert "Мессенджер больше не отдаёт" in page
    assert "Попросите клиента" not in page
    assert "Без слов" not in page


async def test_a_code_that_opens_a_purse_is_no_file_of_a_customer(shop, operator, olga):
    code = Media(hash="code", content_type="image/png", size=1, content=b"p", created_at=shop.now, expires_at=shop.now)
    await shop.database.write(lambda store: store.files.keep(code))
    assert (await operator.get("/console/files/code")).status_code == 404


async def test_a_page_never_becomes_a_file(shop, operator):
    page = Media(hash="page", content_type="text/html", size=3, content=b"<b>", created_at=shop.now)
    await shop.database.write(lambda store: store.files.keep(page))
    assert (await operator.get("/console/files/page")).status_code == 404
