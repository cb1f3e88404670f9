"""Mistakes that learners make in 00_start_here: each must be refused by its check."""

INVOKED = """
def invoked_by_s3():
    return {answer}
"""
UPLOAD = """
def upload(api_url, name, content):
    wanted = {{"name": name, "content_type": "text/plain", "size": {size}}}
    ticket = http.request("POST", api_url + "/uploads", json=wanted).json()
    {send}
    return {key}
"""
SEND = 'http.request("PUT", ticket["url"], body=content, headers=ticket["headers"])'


def upload(size="len(content)", send=SEND, key='ticket["object_key"]'):
    return UPLOAD.format(size=size, send=send, key=key)


WRONG = {
    "start_here-1": [
        ("names the function that makes tickets", INVOKED.format(answer='"create_upload"')),
        (
            "gives the name in the cloud instead of the short one",
            INVOKED.format(answer='"start-here-index-upload"'),
        ),
        ("prints the answer and returns nothing", INVOKED.format(answer='print("index_upload")')),
        ("returns all of them", INVOKED.format(answer='list(built["functions"])')),
        ("writes it in capitals", INVOKED.format(answer='"INDEX_UPLOAD"')),
    ],
    "start_here-2": [
        ("asks for a ticket and sends nothing", upload(send="pass")),
        (
            "leaves out the headers that were signed",
            upload(send=SEND.replace(', headers=ticket["headers"]', "")),
        ),
        ("asks for a ticket of another size", upload(size="1")),
        (
            "sends the name instead of the content",
            upload(size="len(name)", send=SEND.replace("content", "name.encode()")),
        ),
        (
            "sends to the API instead of the bucket",
            upload(send=SEND.replace('ticket["url"]', 'api_url + "/uploads"')),
        ),
        ("returns the address instead of the key", upload(key='ticket["url"]')),
        ("always gives the same name", upload().replace('"name": name', '"name": "hello.txt"')),
        (
            "names the type of a picture",
            upload(send=SEND.replace('ticket["headers"]', '{"Content-Type": "image/png"}')),
        ),
    ],
}
