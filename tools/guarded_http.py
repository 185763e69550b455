"""HTTP to addresses that a model or a page chose: public ones only, small and quick.

A name is resolved once, every address it stands for is judged, and the connection goes to a judged
address, so that a name which changes its mind between the two gains nothing. The same holds for
each redirect. It knows nothing of what is fetched.
"""

import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from socket import SOCK_STREAM
from typing import Final, Protocol

import anyio
import anyio.to_thread
import httpx2

from weft.errors import ToolError
from weft.tools.hidden import hide_addresses_in_log

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives all addresses that a host name stands for at a port; raises OSError when there are none."""

EVERYWHERE: Final[tuple[Network, ...]] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
"""Allows any address but those of metadata services: for addresses that an operator configured."""

_METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
    )
)
"""Where clouds hand their machines' keys to whoever asks; some of these are public addresses."""
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC: tuple[Network, ...] = (
    # What `is_global` of some supported Python versions does not know.
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("3fff::/20"),
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_V4_COMPATIBLE = IPv6Network("::/96")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT_ACROSS_ORIGINS = frozenset({"accept", "accept-language", "user-agent"})
_OWN = frozenset({"host", "accept-encoding", "connection", "content-length", "transfer-encoding"})
"""Headers that say how a request travels; a caller's are left out."""
_ADDRESSES_TRIED = 3
_ADDRESS_LIMIT_CHARS = 4_000
_PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What one request may cost."""

    time_limit_s: float = 8.0
    """For everything: resolving, all redirects, and the body."""
    size_limit_bytes: int = 2_000_000
    """Of the body, after decompression; what is beyond it is not read."""
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a server answered."""

    url: str
    """The address of the answer, after all redirects."""
    status: int
    content_type: str
    """Lower case and without parameters: `text/html`; empty when the server did not say."""
    charset: str
    """As the server named it, or empty."""
    headers: Mapping[str, str] = field(repr=False)
    """With lower-case names."""
    body: bytes = field(repr=False)
    cut: bool
    """True when the body went on beyond the size limit."""


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """Ask the system which addresses a name stands for."""
    found = await anyio.getaddrinfo(host, port, type=SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def refusal(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Say in a few words why an address may not be connected to; None when it may.

    An IPv4 address inside an IPv6 address is judged too. Addresses inside `allowed` need not be
    public.
    """
    carried, translated = _carried_v4(address)
    if address in _METADATA or carried in _METADATA:
        return "a cloud's metadata service"
    if carried is not None:
        reason = _refusal(carried, allowed)
        if reason is not None or translated:
            return reason
    return _refusal(address, allowed)


def _refusal(address: Address, allowed: Sequence[Network]) -> str | None:
    if any(address in network for network in allowed):
        return None
    if address.is_loopback or address.is_unspecified:
        return "this machine itself"
    if address.is_link_local:
        return "a link-local network"
    if address.is_multicast:
        return "a multicast group"
    public = (
        address.is_global
        and not address.is_reserved
        and not any(address in network for network in _NOT_PUBLIC)
        and (isinstance(address, IPv4Address) or address in _PUBLIC_V6)
    )
    return None if public else "a private or reserved network"


class Requests(Protocol):
    """What tools that ask a service need of GuardedHttp."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Fetched:
        """Make one request; raises ToolError when there is no answer."""
        ...


class GuardedHttp:
    """Makes requests to public addresses only, within limits; keeps no cookies and no state."""

    def __init__(
        self,
        limits: HttpLimits | None = None,
        *,
        allowed: Sequence[Network] = (),
        resolve: Resolve = resolve_name,
        trust: ssl.SSLContext | None = None,
        user_agent: str = "weft",
    ) -> None:
        """Keep the rules. Networks in `allowed` may be reached though they are not public.

        `trust` says which certificates count; without it, those that the system trusts.
        """
        self._limits = limits or HttpLimits()
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._user_agent = user_agent
        self._trust = trust

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Fetched:
        """Make one request and read the answer, whatever its status.

        GET and HEAD follow redirects; another origin never sees `headers`. Raises ToolError, with a
        sentence that can be said and that names no more than the host, when an address is refused,
        cannot be reached, redirects too often or takes too long.
        """
        target = _parsed(url)
        sent = {"user-agent": self._user_agent}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        try:
            with anyio.fail_after(self._limits.time_limit_s):
                for _ in range(self._limits.redirects + 1):
                    answer = await self._one(method, target, sent, content)
                    if isinstance(answer, Fetched):
                        return answer
                    if method not in ("GET", "HEAD"):
                        raise ToolError(f"{target.host} wants the request sent elsewhere.")
                    if _origin(answer) != _origin(target):
                        sent = {
                            name: value
                            for name, value in sent.items()
                            if name in _KEPT_ACROSS_ORIGINS
                        }
                    target = answer
        except TimeoutError as error:
            raise ToolError(f"{target.host} took too long to answer.") from error
        raise ToolError(f"{target.host} redirects too often.")

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        """Get an address; the same as `request("GET", …)`."""
        return await self.request("GET", url, headers=headers)

    async def _one(
        self, method: str, url: httpx2.URL, headers: Mapping[str, str], content: bytes | None
    ) -> "Fetched | httpx2.URL":
        """Make one request without following; give the answer, or where it points instead."""
        addresses = await self._permitted(url)
        failure: Exception | None = None
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                return await self._at(address, method, url, headers, content)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error  # the next address of the same name may work
            except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
                raise ToolError(f"{url.host} broke off or gave no proper answer.") from error
        raise ToolError(f"{url.host} cannot be reached.") from failure

    async def _permitted(self, url: httpx2.URL) -> list[Address]:
        """Resolve a name and judge every address; one that is refused refuses them all."""
        try:
            texts = await self._resolve(_host(url), _port(url))
            # A zone (`%eth0`) would make equal addresses look different.
            addresses = [ip_address(text.partition("%")[0]) for text in dict.fromkeys(texts)]
        except (OSError, UnicodeError, ValueError) as error:
            raise ToolError(f"No server is known under the name {url.host}.") from error
        if not addresses:
            raise ToolError(f"No server is known under the name {url.host}.")
        for address in addresses:
            reason = refusal(address, self._allowed)
            if reason is not None:
                raise ToolError(f"I may not open {url.host}: it leads to {reason}.")
        return addresses

    async def _at(
        self,
        address: Address,
        method: str,
        url: httpx2.URL,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> "Fetched | httpx2.URL":
        if self._trust is None and url.scheme == "https":
            # Reading the certificates of the system takes long enough to hold up a conversation.
            self._trust = await anyio.to_thread.run_sync(httpx2.create_ssl_context)
        hide_addresses_in_log("httpx2")
        # A client of its own for each request: a kept connection belongs to an address, and two
        # names may share one. Nothing is read from the environment, where a proxy may be named.
        async with httpx2.AsyncClient(
            verify=self._trust if self._trust and url.scheme == "https" else False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(None, connect=self._limits.time_limit_s / _ADDRESSES_TRIED),
        ) as client:
            request = client.build_request(
                method,
                url.copy_with(host=str(address)),
                headers=[
                    ("host", url.netloc.decode("ascii")),
                    ("accept-encoding", "gzip, identity"),
                    ("connection", "close"),
                    *((name, value) for name, value in headers.items() if name not in _OWN),
                ],
                content=content,
                # The name, not the address, is what the certificate must be for.
                extensions={"sni_hostname": _host(url)},
            )
            response = await client.send(request, stream=True)
            try:
                elsewhere = response.headers.get("location")
                if response.status_code in _REDIRECTS and elsewhere is not None:
                    return _parsed(elsewhere, base=url)
                body, cut = await _body(response, self._limits.size_limit_bytes)
            finally:
                await response.aclose()
            kind = response.headers.get("content-type", "")
            return Fetched(
                url=str(url),
                status=response.status_code,
                content_type=kind.partition(";")[0].strip().lower(),
                charset=response.charset_encoding or "",
                headers=dict(response.headers),
                body=body,
                cut=cut,
            )


def _parsed(text: str, base: httpx2.URL | None = None) -> httpx2.URL:
    """Read an address, relative to another where it is a redirect; only plain HTTP addresses."""
    if len(text) > _ADDRESS_LIMIT_CHARS:
        raise ToolError("That address is too long to be opened.")
    try:
        url = httpx2.URL(text.strip())
        if base is not None:
            url = base.join(url)
        url = url.copy_with(fragment=None)
        url.raw_host.decode("ascii")
    except (httpx2.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise ToolError("That is not an address that can be opened.") from error
    if url.scheme not in ("http", "https"):
        raise ToolError("Only addresses that begin with http or https can be opened.")
    if not url.host:
        raise ToolError("That address names no server.")
    if url.userinfo:
        raise ToolError("An address with a name and password in it is not opened.")
    return url


def _host(url: httpx2.URL) -> str:
    """Give the name as it is sent, international names in their ASCII form."""
    return url.raw_host.decode("ascii")


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, _host(url), _port(url)


def _carried_v4(address: Address) -> tuple[IPv4Address | None, bool]:
    """Find the IPv4 address inside an IPv6 address, and whether packets go to that one only."""
    if isinstance(address, IPv4Address):
        return None, False
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped:
        return address.ipv4_mapped, True
    if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
        return low, True
    if address.sixtofour:
        return address.sixtofour, False
    if address.teredo:
        return address.teredo[1], False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return low, False
    return None, False


async def _body(response: httpx2.Response, limit_bytes: int) -> tuple[bytes, bool]:
    """Read a body up to a size, counted after decompression."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise httpx2.DecodingError(f"{encoding!r} was not asked for", request=response.request)
    unpack = _unpacked if encoding.endswith("gzip") else _unchanged
    body = bytearray()
    async with aclosing(response.aiter_raw()) as raw, aclosing(unpack(raw)) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) > limit_bytes:
                return bytes(body[:limit_bytes]), True
    return bytes(body), False


async def _unchanged(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    async for piece in pieces:
        yield piece


async def _unpacked(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Unpack gzip a little at a time, so that a small body cannot become a huge one in memory."""
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    async for packed in pieces:
        left = packed
        more = True
        while more and not unpacker.eof:
            try:
                piece = unpacker.decompress(left, _PIECE_BYTES)
            except zlib.error as error:
                raise httpx2.DecodingError("the body is not gzip") from error
            yield piece
            left = unpacker.unconsumed_tail
            # A full piece may leave more inside, even when all input is taken.
            more = bool(left) or len(piece) == _PIECE_BYTES


__all__ = [
    "EVERYWHERE",
    "Address",
    "Fetched",
    "GuardedHttp",
    "HttpLimits",
    "Network",
    "Resolve",
    "refusal",
    "resolve_name",
]
