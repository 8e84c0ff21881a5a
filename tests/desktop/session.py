"""A desktop session's tray, notifications and file manager, for tests: what they are asked is printed.

Each line printed is JSON: {"notified": [title, body]}, {"shown": [address, …]}, {"tray": true}, first {"address": where the bus is}.
Each line read is JSON: {"id": n, "menu": []} asks for the labels of the tray's menu, and
{"id": n, "click": label} clicks one; answers carry the same id.
"""

import json
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
BUS = dbus.SessionBus()
WATCHER = "org.kde.StatusNotifierWatcher"
PROPERTIES = "org.freedesktop.DBus.Properties"
MENU = "com.canonical.dbusmenu"


def say(**words):
    print(json.dumps(words), flush=True)


class Notifications(dbus.service.Object):
    @dbus.service.method("org.freedesktop.Notifications", in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, title, body, actions, hints, expires):
        say(notified=[str(title), str(body)])
        return 1


class FileManager(dbus.service.Object):
    @dbus.service.method("org.freedesktop.FileManager1", in_signature="ass")
    def ShowItems(self, addresses, startup):
        say(shown=[str(address) for address in addresses])


class Watcher(dbus.service.Object):
    """https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/"""

    item = None

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, place, sender=None):
        Watcher.item = (sender, str(place)) if place.startswith("/") else (str(place), "/StatusNotifierItem")
        say(tray=True)

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return {
            "IsStatusNotifierHostRegistered": dbus.Boolean(True),
            "ProtocolVersion": dbus.Int32(0),
            "RegisteredStatusNotifierItems": dbus.Array([], signature="s"),
        }


def menu():
    owner, place = Watcher.item
    # A program that has just ended answers nothing: asking what it offers would only say so once more.
    item = BUS.get_object(owner, place, introspect=False)
    path = dbus.Interface(item, PROPERTIES).Get("org.kde.StatusNotifierItem", "Menu")
    return dbus.Interface(BUS.get_object(owner, path, introspect=False), MENU)


def items():
    """The labels of all items, submenus too, and what is known of each."""
    found = {}

    def walk(node):
        number, about, children = node
        if "label" in about:
            found[str(about["label"]).replace("_", "")] = (int(number), about)
        for child in children:
            walk(child)

    _, layout = menu().GetLayout(0, -1, dbus.Array([], signature="s"))
    walk(layout)
    return found


def asked(channel, _):
    line = channel.readline()
    if not line:
        LOOP.quit()
        return False
    words = json.loads(line)
    try:
        if "click" in words:
            number = items()[words["click"]][0]
            menu().Event(number, "clicked", dbus.String("", variant_level=1), dbus.UInt32(0))
            answer = True
        else:
            answer = {label: int(about.get("toggle-state", -1)) for label, (_, about) in items().items()}
        say(id=words["id"], answer=answer)
    # A menu whose program has just ended has no signature either.
    except (dbus.DBusException, KeyError, TypeError, ValueError) as error:
        say(id=words["id"], error=str(error))
    return True


NAMES = [
    dbus.service.BusName(name, BUS)
    for name in ("org.freedesktop.Notifications", "org.freedesktop.FileManager1", WATCHER)
]
Notifications(BUS, "/org/freedesktop/Notifications")
FileManager(BUS, "/org/freedesktop/FileManager1")
Watcher(BUS, "/StatusNotifierWatcher")
LOOP = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, asked)
say(address=os.environ["DBUS_SESSION_BUS_ADDRESS"])
LOOP.run()
