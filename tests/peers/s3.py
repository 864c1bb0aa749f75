"""An S3 server for tests, in memory.

Usage: s3.py PORT_FILE. The port is the system's choice; it is written to PORT_FILE once the server answers.
"""

import os
import signal
import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()

port_file = sys.argv[1]
with open(port_file + ".part", "w") as file:
    file.write(str(server.get_host_and_port()[1]))
os.rename(port_file + ".part", port_file)
signal.pause()
