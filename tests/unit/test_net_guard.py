"""The HTTP client may go to the public internet and to hosts that are allowed by name, however it is led astray."""

import socket

import net_fixtures
import pytest
from odd_server import OddServer

from humasbot.net import ConnectFailed, Forbidden, Http, is_public

LOCAL = ("127.0.0.1",)
site, names = net_fixtures.site, net_fixtures.names
no_proxy_of_this_machine = net_fixtures.no_proxy_of_this_machine


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "100.100.100.200", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::7f00:1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1",
    ],
)  # fmt: skip
def test_addresses_of_inner_networks_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "103.28.14.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/",
        "http://0x7f000001:{port}/", "http://0177.0.0.1:{port}/", "http://127.1:{port}/", "http://0:{port}/",
        "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)  # fmt: skip
def test_the_guard_refuses_every_spelling_of_an_inner_address(site, url):
    site.serve("/", "secret")
    with pytest.raises(Forbidden):
        Http(guard=True, connect=2).get(url.format(port=site.port))
    assert site.asked == []


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.1.2.3"], ["93.184.216.34", "127.0.0.1"], ["fd00::1"], ["::ffff:127.0.0.1"]],
)
def test_the_guard_looks_at_what_the_name_resolves_to(site, names, addresses):
    names["berita.example"] = addresses
    site.serve("/", "secret")
    with pytest.raises(Forbidden, match=r"berita\.example"):
        Http(guard=True, connect=2).get(f"http://berita.example:{site.port}/")
    assert site.asked == []


def test_the_guard_connects_to_the_address_it_checked(site, names, monkeypatch):
    """DNS that answers a public address first and an inner one afterwards gains nothing."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    tried = []

    def resolve(host, port, *args, **kwargs):
        found = next(answers) if host == "rebind.example" else [host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def connect(address, *args, **kwargs):
        tried.append(address[0])
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(ConnectFailed):
        Http(guard=True).get(f"http://rebind.example:{site.port}/")
    assert tried == ["8.8.8.8"]
    assert site.asked == []


def test_redirects_are_checked_each(site):
    inner = OddServer()
    try:
        inner.serve("/meta", "secret")
        site.serve("/go", "", 302, Location=f"http://localhost:{inner.port}/meta")
        with pytest.raises(Forbidden):
            Http(guard=True, allow_hosts=LOCAL).get(site.url + "/go")
        assert inner.asked == []
        assert (
            Http(guard=True, allow_hosts=("127.0.0.1", "LocalHost")).get(site.url + "/go").body == b"secret"
        )
    finally:
        inner.close()


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://a/", "http://[", "http://u:p@a.example/"],
)
def test_redirects_to_something_else_than_a_page_are_refused(site, location):
    site.serve("/go", "", 302, Location=location)
    with pytest.raises(Forbidden):
        Http(guard=True, allow_hosts=LOCAL).get(site.url + "/go")


def test_a_redirect_loop_ends(site):
    site.serve("/go", "", 302, Location="/go")
    assert Http(guard=True, allow_hosts=LOCAL).get(site.url + "/go").status == 302
    assert len(site.asked) == 6


def test_a_redirect_with_letters_beyond_ascii_is_followed(site):
    site.serve("/go", "", 302, Location="/berita/é".encode().decode("latin-1"))
    site.serve("/berita/%C3%A9", "isi")
    assert Http().get(site.url + "/go").body == b"isi"


def test_a_credential_does_not_follow_to_another_host(site):
    other = OddServer()
    try:
        other.serve("/", "here")
        site.serve("/go", "", 307, Location=f"http://localhost:{other.port}/")
        Http().request("GET", site.url + "/go", headers={"Authorization": "Bearer rahasia"}, redirects=2)
        assert "authorization" in site.asked[0].headers
        assert "authorization" not in other.asked[0].headers
    finally:
        other.close()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "file:///etc/passwd",
        "http://",
        "//a.example",
        "http://u:p@a.example/",
        "http://a:x/",
        "",
    ],
)
def test_addresses_of_another_shape_are_refused_before_any_name_is_asked(url):
    with pytest.raises(Forbidden):
        Http().get(url)


def test_behind_a_proxy_inner_names_are_still_refused(site, names, monkeypatch):
    site.serve("*", "through the proxy")
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{site.port}")
    names["situs.example"] = ["8.8.8.8"]
    names["dalam.example"] = ["10.0.0.8"]
    names["hanya-proksi.example"] = []
    http = Http(guard=True, allow_hosts=("izin.example",))
    names["izin.example"] = ["10.0.0.9"]
    for url in ("http://dalam.example/x", "http://127.0.0.1:99/x", "http://169.254.169.254/x"):
        with pytest.raises(Forbidden):
            http.get(url)
    for name in ("situs.example", "hanya-proksi.example", "izin.example"):
        assert http.get(f"http://{name}/x").body == b"through the proxy"
    assert [asked.target for asked in site.asked] == [
        "http://situs.example/x", "http://hanya-proksi.example/x", "http://izin.example/x",
    ]  # fmt: skip


def test_a_proxy_gets_its_login_and_its_absence_is_no_connection(site, names, monkeypatch):
    site.serve("*", "ok")
    monkeypatch.setenv("http_proxy", f"http://dinas:k%40ta@127.0.0.1:{site.port}")
    Http().get("http://situs.example/")
    assert site.asked[0].headers["proxy-authorization"] == "Basic ZGluYXM6a0B0YQ=="
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    with pytest.raises(ConnectFailed):
        Http().get("http://situs.example/")
    monkeypatch.setenv("https_proxy", site.url)
    site.serve("*", "", 403)
    with pytest.raises(ConnectFailed):
        Http().get("https://situs.example/")
