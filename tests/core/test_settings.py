"""What the environment decides."""

import sys

import pytest

from core.settings import Settings, close_the_hub, proxy_for


def test_the_page_is_served_to_this_machine_alone_and_offline():
    assert Settings.from_env({}) == Settings("127.0.0.1", 7860, hub=False)


def test_address_and_port_follow_gradios_variables():
    environ = {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "8000", "PORT": "9"}
    assert Settings.from_env(environ) == Settings("0.0.0.0", 8000)
    assert Settings.from_env({"PORT": "9000"}).port == 9000


def test_a_space_binds_every_address_and_may_ask_the_hub():
    page = "https://huggingface.co/spaces/someone/lectern"
    expected = Settings("0.0.0.0", hub=True, space=page, proxies=("*",))
    assert Settings.from_env({"SPACE_ID": "someone/lectern"}) == expected
    assert Settings.from_env({"SPACE_ID": '"><script>'}).space == ""
    assert Settings.from_env({"SPACES_ZERO_GPU": "true"}).zero_gpu


def test_one_function_is_announced_where_a_gpu_is_lent_and_nothing_elsewhere(
    tmp_path, monkeypatch
):
    from page.zero_gpu import announce

    assert not announce()  # `spaces` is no requirement
    (tmp_path / "spaces.py").write_text("announced = []\nGPU = announced.append\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert announce()
    import spaces

    assert len(spaces.announced) == 1
    monkeypatch.delitem(sys.modules, "spaces")


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "7860.5"])
def test_a_port_that_is_none_stops_the_start(port):
    with pytest.raises(SystemExit, match="from 1 to 65535"):
        Settings.from_env({"PORT": port})


def test_offline_is_decided_for_everything_of_hugging_face():
    environ: dict[str, str] = {}
    close_the_hub(environ)
    assert environ["HF_HUB_OFFLINE"] == "1"
    assert environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert environ["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_the_hub_stays_open_when_it_is_asked_for():
    environ = {"LECTERN_HUB": "1"}
    close_the_hub(environ)
    assert "HF_HUB_OFFLINE" not in environ


def test_the_command_line_decides_over_the_environment():
    environ = {"LECTERN_HUB": "1", "SPACE_ID": "someone/lectern"}
    close_the_hub(environ, offline=True)
    assert environ["HF_HUB_OFFLINE"] == "1"
    assert not Settings.from_env(environ).hub
    environ = {"HF_HUB_OFFLINE": "1"}
    close_the_hub(environ, download=True)
    assert "HF_HUB_OFFLINE" not in environ
    assert Settings.from_env(environ).hub


def test_who_closes_hugging_faces_hub_closes_it_here():
    assert not Settings.from_env({"LECTERN_HUB": "1", "HF_HUB_OFFLINE": "1"}).hub


def test_the_hub_is_never_waited_for_long():
    environ = {"HF_HUB_ETAG_TIMEOUT": "2"}
    close_the_hub(environ)
    assert environ["HF_HUB_ETAG_TIMEOUT"] == "2"  # whoever sets it decides
    assert environ["HF_HUB_DOWNLOAD_TIMEOUT"] == "10"


def test_models_are_kept_on_a_spaces_own_storage_where_it_has_some(tmp_path):
    space = {"SPACE_ID": "someone/lectern"}
    assert Settings.from_env(space, volume=tmp_path).volume == tmp_path
    assert Settings.from_env(space, volume=tmp_path / "none").volume is None
    assert Settings.from_env(space | {"HF_HOME": "/x"}, volume=tmp_path).volume is None
    assert Settings.from_env({}, volume=tmp_path).volume is None


def test_a_proxy_is_the_one_for_that_address(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "near.example")
    assert proxy_for("https://huggingface.co") == "http://proxy:3128"
    assert proxy_for("https://near.example/x") == ""


def test_a_bound_address_is_the_address_for_phones():
    assert Settings("192.168.1.20", 8000).address == "http://192.168.1.20:8000"
    assert Settings("127.0.0.1").address == "http://127.0.0.1:7860"
    assert Settings("::1").address == "http://[::1]:7860"
    assert not Settings("0.0.0.0").address.startswith("http://0.0.0.0")
