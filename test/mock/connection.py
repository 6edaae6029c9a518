"""One client's connection: reads requests, has them answered one after the
other, and sends the answers, spoilt if a fault says so."""

import asyncio
import socket
import struct
import sys
import traceback

from control import PREFIX, control
from message import BadRequest, encode, read_request

PIECES_PER_SECOND = 20
FLUSH_SECONDS = 0.02
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """A keep-alive HTTP/1.1 connection."""

    opened = 0

    def __init__(self, service):
        """Number the connection."""
        Connection.opened += 1
        self.number = Connection.opened
        self.service = service
        self.buffer = bytearray()
        self.transport = None
        self.sending = None
        self.continued = False

    def connection_made(self, transport):
        """Send small answers at once."""
        self.transport = transport
        self.service.journal.open += 1
        transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error):
        """Give up the answer that is being sent."""
        self.service.journal.open -= 1
        if self.sending:
            self.sending.cancel()

    def data_received(self, data):
        """Answer the requests that are complete."""
        self.buffer += data
        self.pump()

    def pump(self):
        """Answer requests until one takes time or none is complete."""
        while not self.sending and not self.transport.is_closing():
            try:
                request, waiting = read_request(self.buffer)
            except BadRequest:
                self.transport.write(BAD_REQUEST)
                self.transport.close()
                return
            if request is None:
                self.expect(waiting)
                return
            self.continued = False
            self.answer(request)

    def expect(self, headers):
        """Invite the body of a request whose head asks for it."""
        if headers and not self.continued and ("expect", "100-continue") in headers:
            self.continued = True
            self.transport.write(CONTINUE)

    def answer(self, request):
        """Send the answer to a request, or start sending it."""
        service = self.service
        last = (request.header("connection") or "").lower() == "close"
        if request.path.startswith(PREFIX):
            self.transport.writelines(encode(control(service, request), service.now()))
            if last:
                self.transport.close()
            return
        entry, answer = service.handle(self.number, request)
        if last and answer.end is None:
            answer.end = ("close", "after")
        if answer.is_plain():
            self.transport.write(b"".join(encode(answer, service.now())))
            service.journal.finish(entry)
            return
        self.sending = asyncio.ensure_future(self.send(answer))
        self.sending.add_done_callback(lambda task: self.sent(task, entry))

    def sent(self, task, entry):
        """After a slow answer: log it and go on with the next request."""
        self.service.journal.finish(entry)
        self.sending = None
        if not task.cancelled() and task.exception():
            traceback.print_exception(task.exception(), file=sys.stderr)
            self.transport.abort()
        if not self.transport.is_closing():
            self.pump()

    async def send(self, answer):
        """Send an answer with the delays and the ending it asks for."""
        await asyncio.sleep(answer.delay)
        head, body = encode(answer, self.service.now())
        how, where = answer.end or (None, "after")
        data = {"before": b"", "headers": head, "after": head + body,
                "body": head + body[:len(body) // 2]}[where]
        if answer.stall:
            part, seconds = answer.stall
            middle = len(head) // 2 if part == "headers" else len(head) + len(body) // 2
            await self.send_data(data[:middle], answer.drip)
            await (asyncio.sleep(seconds) if seconds is not None
                   else asyncio.get_running_loop().create_future())
            data = data[middle:]
        await self.send_data(data, answer.drip)
        if how == "reset":
            await asyncio.sleep(FLUSH_SECONDS)
            self.reset()
        elif how == "close":
            self.transport.close()

    async def send_data(self, data, rate):
        """Send bytes, at most rate per second if that is given."""
        step = max(1, rate // PIECES_PER_SECOND) if rate else len(data) or 1
        for at in range(0, len(data), step):
            self.transport.write(data[at:at + step])
            if rate:
                await asyncio.sleep(step / rate)

    def reset(self):
        """End the connection with a TCP reset."""
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
