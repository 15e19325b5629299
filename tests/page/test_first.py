"""What stands in the page's HTML before any script of Gradio's has come."""

import json
import urllib.request

from tabs.kit.gradio_inside.serving import UNREAD


def test_the_script_of_the_first_picture_stands_in_the_head_and_nowhere_else(server):
    with urllib.request.urlopen(f"{server.url}/") as answer:
        html = answer.read().decode()
        assert int(answer.headers["content-length"]) == len(html.encode())
    head, _, body = html.rpartition("</head>")
    assert html.count("The picture that the page opens with") == 1
    assert html.index("The picture that the page opens with") > html.index(
        "window.gradio_config ="
    )
    assert "The picture that the page opens with" in head
    assert "<gradio-app" in body


def test_the_html_says_of_components_what_a_browser_reads_and_no_more(server):
    with urllib.request.urlopen(f"{server.url}/") as answer:
        html = answer.read().decode()
    config = json.JSONDecoder().raw_decode(html.split("window.gradio_config = ", 1)[1])[0]
    with urllib.request.urlopen(f"{server.url}/config") as answer:
        whole = json.load(answer)
    assert {name for part in whole["components"] for name in part} >= set(UNREAD)
    for part, full in zip(config["components"], whole["components"], strict=True):
        assert part.keys() == full.keys() - set(UNREAD)
        assert part["component_class_id"] == full["component_class_id"]
