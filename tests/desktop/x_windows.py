"""The windows of a display by their titles, as a window manager sees them.

x_windows.py list            prints each title on a line
x_windows.py close TITLE     asks the window of that title to close, as its cross would
x_windows.py press TITLE KEY…  presses keys in it, together: Return, or Control_L Shift_L n
"""

import ctypes
import ctypes.util
import sys


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 24),
    ]


X = ctypes.CDLL(ctypes.util.find_library("X11"))
X.XOpenDisplay.restype = ctypes.c_void_p
X.XDefaultRootWindow.restype = ctypes.c_ulong
X.XInternAtom.restype = ctypes.c_ulong
DISPLAY = ctypes.c_void_p(X.XOpenDisplay(None))


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def ignore(_display, _error):
    """A window may go while it is being looked at."""
    return 0


X.XSetErrorHandler(ignore)


def atom(name):
    return X.XInternAtom(DISPLAY, name.encode(), False)


def prop(window, name):
    kind, form = ctypes.c_ulong(), ctypes.c_int()
    count, left, data = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_char_p()
    X.XGetWindowProperty(
        DISPLAY, ctypes.c_ulong(window), ctypes.c_ulong(atom(name)), ctypes.c_long(0), ctypes.c_long(1024),
        False, ctypes.c_ulong(0), ctypes.byref(kind), ctypes.byref(form), ctypes.byref(count),
        ctypes.byref(left), ctypes.byref(data),
    )
    return data.value


def children(window):
    root, parent = ctypes.c_ulong(), ctypes.c_ulong()
    found, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
    X.XQueryTree(
        DISPLAY, ctypes.c_ulong(window), ctypes.byref(root), ctypes.byref(parent),
        ctypes.byref(found), ctypes.byref(count),
    )
    return [found[index] for index in range(count.value)]


def windows():
    """Those of programs: they can be asked to close, which a menu can't."""
    for window in children(X.XDefaultRootWindow(DISPLAY)):
        title = prop(window, "_NET_WM_NAME")
        state = ctypes.create_string_buffer(256)
        X.XGetWindowAttributes(DISPLAY, ctypes.c_ulong(window), state)
        is_mapped = ctypes.c_int.from_buffer(state, 92).value == 2
        if title and is_mapped and prop(window, "WM_PROTOCOLS") is not None:
            yield window, title.decode()


def named(title):
    found = [window for window, known in windows() if known == title]
    if not found:
        sys.exit(f"no window is called {title}")
    return found[0]


def close(window):
    event = ClientMessage(type=33, window=window, message_type=atom("WM_PROTOCOLS"), format=32)
    event.data[0] = atom("WM_DELETE_WINDOW")
    X.XSendEvent(DISPLAY, ctypes.c_ulong(window), False, ctypes.c_long(0), ctypes.byref(event))
    X.XFlush(DISPLAY)


def press(window, *names):
    test = ctypes.CDLL(ctypes.util.find_library("Xtst"))
    X.XStringToKeysym.restype = ctypes.c_ulong
    keys = [X.XKeysymToKeycode(DISPLAY, ctypes.c_ulong(X.XStringToKeysym(name.encode()))) for name in names]
    X.XSetInputFocus(DISPLAY, ctypes.c_ulong(window), 1, ctypes.c_ulong(0))
    X.XSync(DISPLAY, False)
    for order, is_down in ((keys, True), (reversed(keys), False)):
        for key in order:
            test.XTestFakeKeyEvent(DISPLAY, key, is_down, ctypes.c_ulong(0))
    X.XSync(DISPLAY, False)


if sys.argv[1] == "list":
    for _, known in windows():
        print(known)
else:
    {"close": close, "press": press}[sys.argv[1]](named(sys.argv[2]), *sys.argv[3:])
