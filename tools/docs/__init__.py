"""The documentation as a site: laid out of the project's pages, built by MkDocs, and checked."""
