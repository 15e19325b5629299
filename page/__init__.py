"""The frame around the tabs: header, links, what is served and what is refused."""
