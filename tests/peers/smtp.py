"""A mail server for tests: it accepts every mail and stores each as a JSON file {from, to, data} in a folder.

Usage: smtp.py PORT_FILE MAILBOX. The port is the system's choice; it is written to PORT_FILE once the server answers.
"""

import asyncio
import itertools
import json
import os
import sys

from aiosmtpd.smtp import SMTP


def store(path, text):
    # Tests poll the folder: a file must appear whole or not at all.
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".part", path)


class Mailbox:
    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count(1)

    async def handle_DATA(self, server, session, envelope):
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": envelope.content.decode("utf-8", "replace"),
        }
        # Names sort in the order of arrival.
        store(os.path.join(self.folder, f"{next(self.numbers):08}.json"), json.dumps(mail, ensure_ascii=False))
        return "250 OK"


async def main(port_file, folder):
    mailbox = Mailbox(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    store(port_file, str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
