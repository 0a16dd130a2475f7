"""Reads exports of other systems into events: the files of `vitals import`."""
