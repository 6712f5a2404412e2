"""Feature extractors: each represents images as vectors, by which sets of images are compared.

Nothing is imported here: using one must not cost the import of the library behind another.
"""
