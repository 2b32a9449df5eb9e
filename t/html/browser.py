"""Controls a headless Chromium through two pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

LIMIT = 60  # seconds for an answer
NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
           "--disable-dev-shm-usage", "--disable-background-networking",
           "--disable-component-update", "--disable-extensions",
           "--disable-sync", "--hide-scrollbars", "--mute-audio",
           "--remote-debugging-pipe"]


class Browser:
    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)))
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs, write = os.pipe()
        read, theirs_too = os.pipe()
        self.process = subprocess.Popen(
            ["bash", "-c", 'exec "$0" "$@" 3<&%d 4>&%d' % (theirs, theirs_too),
             program, *OPTIONS, "--user-data-dir=" + self.home.name],
            pass_fds=(theirs, theirs_too), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        os.close(theirs_too)
        self.to, self.back = write, read
        self.read, self.events = b"", []
        self.count, self.session = 0, None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def message(self):
        while b"\0" not in self.read:
            if not select.select([self.back], [], [], LIMIT)[0]:
                raise RuntimeError("the browser says nothing any more")
            data = os.read(self.back, 1 << 20)
            if not data:
                raise RuntimeError("the browser has ended")
            self.read += data
        text, self.read = self.read.split(b"\0", 1)
        return json.loads(text)

    def send(self, method, **parameters):
        self.count += 1
        order = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            order["sessionId"] = self.session
        text = json.dumps(order).encode() + b"\0"
        while text:
            text = text[os.write(self.to, text):]

    def answer(self):
        """To the last order; what happened meanwhile is kept."""
        while True:
            message = self.message()
            self.events.append(message.get("method"))
            if message.get("id") == self.count:
                if "error" in message:
                    raise RuntimeError(message["error"]["message"])
                return message["result"]

    def call(self, method, **parameters):
        self.send(method, **parameters)
        return self.answer()

    def open(self, url):
        """Loads a page, all of it."""
        self.events.clear()
        if self.call("Page.navigate", url=url).get("loaderId"):
            while "Page.loadEventFired" not in self.events:
                self.events.append(self.message().get("method"))
        if "Runtime.exceptionThrown" in self.events:
            raise RuntimeError(url + ": a script failed")

    def ask(self, expression):
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"]
                               ["description"])
        return result["result"].get("value")

    def wait(self, expression):
        """Asks until the answer is true, or for too long."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            try:
                value = self.ask(expression)
            except RuntimeError:  # the page is just being left
                value = None
            if value:
                return value
            time.sleep(0.02)
        return None

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key, code):
        for kind in ("rawKeyDown", "char", "keyUp"):
            more = {"text": "\r"} if key == "Enter" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode=code, **more)

    def click(self, element):
        """As the mouse does, on what the expression gives."""
        place = self.ask("""(() => {
            const element = %s;
            element.scrollIntoView({ block: "center" });
            const { left, top } = element.getBoundingClientRect();
            return { x: left + 5, y: top + 5 };
        })()""" % element)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left",
                      clickCount=1, **place)

    def window(self, width, height, scheme="light", media=""):
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def clipboard(self):
        """The text that was copied."""
        self.call("Browser.grantPermissions",
                  permissions=["clipboardReadWrite"])
        return self.ask("navigator.clipboard.readText()")

    def picture(self, file, whole=False):
        data = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=whole)["data"]
        with open(file, "wb") as out:
            out.write(base64.b64decode(data))

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(5)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        self.home.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
