"""What stands in the page's HTML before any script of Gradio's has come."""

import urllib.request


def test_the_script_of_the_first_picture_stands_in_the_head_and_nowhere_else(server):
    with urllib.request.urlopen(f"{server.url}/") as answer:
        html = answer.read().decode()
        assert int(answer.headers["content-length"]) == len(html.encode())
    head, _, body = html.rpartition("</head>")
    assert html.count("The picture that the page opens with") == 1
    assert head.endswith("</script>")
    assert "<gradio-app" in body
