"""A roster read from its file as the program does it."""

from reconciler.roster.read import people_of, read_file


def read_roster(settings, root, *, as_of, zone, before=None):
    return people_of(read_file(settings, root), settings, as_of=as_of, zone=zone, before=before)
