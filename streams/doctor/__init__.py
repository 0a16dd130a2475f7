"""`vitals doctor`: what an operator gets wrong, found before it hurts.

Each module looks at one thing and answers findings; `examination` puts them in order. Nothing is written anywhere, no
group is joined, and no topic is created by looking.
"""
