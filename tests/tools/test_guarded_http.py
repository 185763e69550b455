"""The guard in front of the web, against real servers that must or must not be reached."""

import gzip
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.web_server import Names, Page, names, serving
from weft.errors import ToolError
from weft.tools.guarded_http import EVERYWHERE, GuardedHttp, HttpLimits, Network, Resolve, refusal

pytestmark = pytest.mark.anyio

HERE: tuple[Network, ...] = (ip_network("127.0.0.1/32"),)
"""What the servers of these tests are reached by; the rest of 127.0.0.0/8 stays refused."""


def guarded(resolve: Resolve, limits: HttpLimits | None = None) -> GuardedHttp:
    """A guard for which 127.0.0.1, and nothing else that is not public, may be reached."""
    return GuardedHttp(limits, allowed=HERE, resolve=resolve)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "192.0.2.7", "198.18.0.1", "198.51.100.9", "203.0.113.4",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "fd00:ec2::254", "ff02::1", "fec0::1",
        "2001:db8::1", "3fff::1", "100::1", "5f00::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::5",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2606:4700::5efe:10.0.0.1",
        "fd00::5efe:8.8.8.8",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert refusal(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8",
     "64:ff9b::808:808"],
)  # fmt: skip
def test_a_public_address_is_not_refused(text: str) -> None:
    assert refusal(ip_address(text)) is None


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ipv4_address_is_judged_the_same_inside_ipv6(address: IPv4Address) -> None:
    mapped = IPv6Address(f"::ffff:{address}")
    translated = IPv6Address(int(IPv6Address("64:ff9b::")) | int(address))
    assert refusal(mapped) == refusal(translated) == refusal(address)


@pytest.mark.parametrize(
    "text", ["169.254.169.254", "168.63.129.16", "::ffff:169.254.169.254", "fd00:ec2::254"]
)
def test_metadata_is_refused_even_where_everything_is_allowed(text: str) -> None:
    assert refusal(ip_address(text), EVERYWHERE) == "a cloud's metadata service"
    assert refusal(ip_address("10.0.0.1"), EVERYWHERE) is None


async def test_a_page_is_read_from_the_judged_address_under_its_name() -> None:
    async with serving({"/a": Page(body=b"hello", headers={"X-Kind": "page"})}) as server:
        page = await guarded(names(a="127.0.0.1")).get(f"http://a.test:{server.port}/a?q=1#part")
    assert page.body == b"hello"
    assert (page.status, page.cut) == (200, False)
    assert (page.content_type, page.charset) == ("text/html", "utf-8")
    assert page.url == f"http://a.test:{server.port}/a?q=1"
    assert page.headers["x-kind"] == "page"
    (asked,) = server.asked
    assert asked.headers["host"] == f"a.test:{server.port}"
    assert asked.target == "/a?q=1"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.2", "localhost", "[::1]", "2130706434", "0x7f.2", "127.2", "[::ffff:127.0.0.2]", "0"],
)
async def test_however_it_is_written_a_private_address_is_not_reached(host: str) -> None:
    # The system's own resolver, which knows all these ways of writing.
    http = GuardedHttp()
    async with serving({"/": Page(body=b"secret")}, host="127.0.0.2") as server:
        with pytest.raises(ToolError, match="I may not open"):
            await http.get(f"http://{host}:{server.port}/")
    assert server.asked == []


async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    async with serving({"/": Page()}, host="127.0.0.2") as server:
        with pytest.raises(ToolError, match=r"I may not open mixed\.test: .* this machine"):
            await guarded(names(mixed="1.1.1.1 127.0.0.2")).get(f"http://mixed.test:{server.port}/")
    assert server.asked == []


async def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    rebinding = Names({"evil.test": [["127.0.0.1"], ["127.0.0.2"]]})
    async with (
        serving({"/": Page(body=b"outside")}) as outside,
        serving({"/": Page(body=b"secret")}, host="127.0.0.2", port=outside.port) as inside,
    ):
        page = await guarded(rebinding).get(f"http://evil.test:{outside.port}/")
        assert page.body == b"outside"
        assert rebinding.asked == ["evil.test"]
        with pytest.raises(ToolError, match="I may not open"):
            await guarded(rebinding).get(f"http://evil.test:{outside.port}/")
    assert inside.asked == []


async def test_every_redirect_is_judged_anew() -> None:
    resolve = names(a="127.0.0.1", inside="127.0.0.2")
    async with serving({"/": Page(body=b"secret")}, host="127.0.0.2") as inside:
        elsewhere = f"http://inside.test:{inside.port}/"
        async with serving({"/": Page(status=302, headers={"Location": elsewhere})}) as server:
            with pytest.raises(ToolError, match=r"I may not open inside\.test"):
                await guarded(resolve).get(f"http://a.test:{server.port}/")
    assert inside.asked == []


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "gopher://a.test/", "javascript:1", "ftp://a.test/x"]
)
async def test_a_redirect_to_another_scheme_is_refused(location: str) -> None:
    async with serving({"/": Page(status=301, headers={"Location": location})}) as server:
        with pytest.raises(ToolError, match="http or https"):
            await guarded(names(a="127.0.0.1")).get(f"http://a.test:{server.port}/")


async def test_a_relative_redirect_is_followed_without_cookies() -> None:
    first = Page(status=303, headers={"Location": "../b", "Set-Cookie": "id=1; Path=/"})
    async with serving({"/x/a": first, "/b": Page(body=b"there")}) as server:
        page = await guarded(names(a="127.0.0.1")).get(f"http://a.test:{server.port}/x/a")
    assert page.body == b"there"
    assert page.url.endswith("/b")
    assert all("cookie" not in asked.headers for asked in server.asked)


async def test_another_origin_never_sees_the_callers_headers() -> None:
    resolve = names(a="127.0.0.1", b="127.0.0.1")
    pages = {"/same": Page(status=302, headers={"Location": "/on"}), "/end": Page(body=b"end")}
    async with serving(pages) as server:
        away = f"http://b.test:{server.port}/end"
        server.pages = pages | {"/on": Page(status=302, headers={"Location": away})}
        await guarded(resolve).get(
            f"http://a.test:{server.port}/same",
            headers={"Authorization": "Bearer k", "X-Api-Key": "k", "Accept": "text/html"},
        )
    same, on, end = server.asked
    assert same.headers["x-api-key"] == on.headers["x-api-key"] == "k"
    assert "authorization" not in end.headers
    assert "x-api-key" not in end.headers
    assert end.headers["accept"] == "text/html"


async def test_redirects_without_end_are_given_up() -> None:
    async with serving({"/": Page(status=302, headers={"Location": "/"})}) as server:
        with pytest.raises(ToolError, match="redirects too often"):
            await guarded(names(a="127.0.0.1"), HttpLimits(redirects=3)).get(
                f"http://a.test:{server.port}/"
            )
    assert len(server.asked) == 4


async def test_a_post_is_not_sent_elsewhere() -> None:
    async with serving({"/": Page(status=307, headers={"Location": "/b"})}) as server:
        with pytest.raises(ToolError, match="sent elsewhere"):
            await guarded(names(a="127.0.0.1")).request(
                "POST", f"http://a.test:{server.port}/", content=b"{}"
            )
    assert [asked.body for asked in server.asked] == [b"{}"]


async def test_a_caller_cannot_set_the_headers_of_the_connection() -> None:
    async with serving({"/": Page()}) as server:
        await guarded(names(a="127.0.0.1")).get(
            f"http://a.test:{server.port}/",
            headers={"Host": "other.test", "Transfer-Encoding": "chunked"},
        )
    assert server.asked[0].headers["host"] == f"a.test:{server.port}"
    assert "transfer-encoding" not in server.asked[0].headers


@pytest.mark.parametrize("endless", [False, True])
async def test_a_body_is_read_up_to_the_size_limit(endless: bool) -> None:
    limits = HttpLimits(size_limit_bytes=100_000)
    async with serving({"/": Page(body=b"x" * 150_000, endless=endless)}) as server:
        page = await guarded(names(a="127.0.0.1"), limits).get(f"http://a.test:{server.port}/")
    assert page.body == b"x" * 100_000
    assert page.cut


async def test_a_small_body_that_unpacks_to_a_huge_one_is_cut() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < 30_000
    pages = {
        "/bomb": Page(body=bomb, headers={"Content-Encoding": "gzip"}),
        "/fine": Page(body=gzip.compress(b"y" * 200_000), headers={"Content-Encoding": "gzip"}),
    }
    http = guarded(names(a="127.0.0.1"), HttpLimits(size_limit_bytes=500_000))
    async with serving(pages) as server:
        cut = await http.get(f"http://a.test:{server.port}/bomb")
        whole = await http.get(f"http://a.test:{server.port}/fine")
    assert (len(cut.body), cut.cut) == (500_000, True)
    assert (whole.body, whole.cut) == (b"y" * 200_000, False)


@pytest.mark.parametrize(
    "page",
    [
        Page(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
        Page(body=b"?", headers={"Content-Encoding": "br"}),
        Page(body=b"half", breaks_off=True),
    ],
)
async def test_a_broken_body_is_a_tool_error(page: Page) -> None:
    async with serving({"/": page}) as server:
        with pytest.raises(ToolError, match=r"a\.test broke off or gave no proper answer"):
            await guarded(names(a="127.0.0.1")).get(f"http://a.test:{server.port}/")


@pytest.mark.parametrize("page", [Page(stall=True), Page(body=b"x", endless=True)])
async def test_a_server_that_never_ends_is_left(page: Page) -> None:
    async with serving({"/": page}) as server:
        with pytest.raises(ToolError, match=r"a\.test took too long"):
            await guarded(names(a="127.0.0.1"), HttpLimits(time_limit_s=0.3)).get(
                f"http://a.test:{server.port}/?token=abc"
            )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/passwd", "http or https"),
        ("a.test/x", "http or https"),
        ("http:///x", "names no server"),
        ("http://user:secret@a.test/", "name and password"),
        ("http://a.test\\@b.test/", "name and password"),
        ("http://a\x00.test/", "not an address"),
        ("http://a.test/" + "x" * 5_000, "too long"),
        ("http://unknown.test/?key=secret", r"under the name unknown\.test"),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_in_a_sentence(url: str, said: str) -> None:
    with pytest.raises(ToolError, match=said) as caught:
        await guarded(names(a="127.0.0.1")).get(url)
    assert "secret" not in str(caught.value)


async def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer() -> None:
    http = GuardedHttp(allowed=(ip_network("127.0.0.0/8"),), resolve=names(a="127.0.0.3 127.0.0.1"))
    async with serving({"/": Page(body=b"second")}) as server:
        assert (await http.get(f"http://a.test:{server.port}/")).body == b"second"


async def test_a_proxy_named_in_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving({"/": Page(body=b"proxied")}, host="127.0.0.2") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.2:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.2:{proxy.port}")
        async with serving({"/": Page(body=b"direct")}) as server:
            page = await guarded(names(a="127.0.0.1")).get(f"http://a.test:{server.port}/")
    assert page.body == b"direct"
    assert proxy.asked == []


async def test_a_certificate_must_be_for_the_name_and_not_for_the_address() -> None:
    authority = trustme.CA()
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("secure.test").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    http = GuardedHttp(
        allowed=HERE,
        resolve=names(secure="127.0.0.1", other="127.0.0.1"),
        trust=client_side,
    )
    async with serving({"/": Page(body=b"private")}, tls=server_side) as server:
        assert (await http.get(f"https://secure.test:{server.port}/")).body == b"private"
        with pytest.raises(ToolError, match=r"other\.test cannot be reached"):
            await http.get(f"https://other.test:{server.port}/")
    assert len(server.asked) == 1
