"""The shapes of components, compiled. A new shape is a class in one of the modules, and one line in
`compile_components`."""
