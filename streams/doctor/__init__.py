"""`vitals doctor`: finds common mistakes of operators before they do damage.

Each module checks one thing and returns findings; `examination` runs them in order. The doctor writes nothing, joins no
group and creates no topic.
"""
