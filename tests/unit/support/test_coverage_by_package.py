from tests.support.coverage_by_package import by_package


def test_the_modules_of_a_package_are_added_up() -> None:
    files = {
        path: {"summary": {"covered_lines": executed, "num_statements": statements}}
        for path, executed, statements in [
            ("feeds/text/plain.py", 3, 4),
            ("feeds/text/urls.py", 1, 6),
            ("feeds/model.py", 2, 2),
        ]
    }
    assert by_package({"files": files}) == {"model": (2, 2), "text": (4, 10)}
