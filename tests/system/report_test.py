"""A report as an assessor opens it: rendered by kioskward-report, opened by LibreOffice, read page by page.

Run by ctest as system.report; by hand: python3 tests/system/report_test.py [DIRECTORY TO KEEP THE PAGES IN]
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("KW_BUILD", ROOT / "build"))
MODEL = ROOT / "src/report/testdata/report.json"
PROGRAM = BUILD / "bin/kioskward-report"
KEEP = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) == 2 and not sys.argv[1].startswith("-") else None


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=240, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def pages_of(pdf, order="-layout"):
    """The text of each page: as it stands there, or (-raw) as it was written, cell by cell."""
    return run("pdftotext", order, pdf, "-").decode().split("\f")[:-1]


def ink_of(picture):
    """Share of a grey picture's pixels (PGM, "P5 WIDTH HEIGHT 255 ...") that are not white."""
    pixels = picture.read_bytes().split(b"\n", 3)[3]
    return sum(value < 250 for value in pixels) / len(pixels)


class ReportOnPaper(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for program in ("soffice", "pdftotext", "pdftoppm", "pdfinfo", "pdffonts"):
            if shutil.which(program) is None:
                print(f"SKIPPED: {program} is not installed (scripts/packages.txt)")
                sys.exit(77)
        cls.room = tempfile.TemporaryDirectory(prefix="kw-report-")
        cls.dir = KEEP or pathlib.Path(cls.room.name)
        cls.dir.mkdir(exist_ok=True)
        cls.model = json.loads(MODEL.read_text(encoding="utf-8"))
        cls.said = ""
        for language in ("zh", "en"):
            cls.said += run(PROGRAM, "--out", cls.dir, "--lang", language, input=MODEL.read_bytes()).decode()

    @classmethod
    def tearDownClass(cls):
        cls.room.cleanup()

    def opened(self, name):
        """LibreOffice's PDF of a file."""
        out = self.dir / f"opened-{name}"
        out.mkdir(exist_ok=True)
        run("soffice", f"-env:UserInstallation=file://{self.room.name}/profile", "--headless", "--convert-to", "pdf",
            "--outdir", out, self.dir / name)
        return next(out.glob("*.pdf"))

    def look_at(self, pdf, least_pages):
        """Every page is A4, has something on it and no character that no font has; gives texts of pages."""
        info = run("pdfinfo", pdf).decode()
        self.assertIn("A4", info)
        count = int(re.search(r"Pages: +(\d+)", info)[1])
        self.assertGreaterEqual(count, least_pages)
        pages = pages_of(pdf)
        self.assertEqual(len(pages), count)
        text = "".join(pages)
        for tofu in ("�", "□", "\x00"):
            self.assertNotIn(tofu, text)
        for line in run("pdffonts", pdf).decode().splitlines()[2:]:
            self.assertRegex(line, r"\byes +(yes|no) +(yes|no)\b", "every font is embedded: " + line)
        if KEEP:
            run("pdftoppm", "-r", "75", "-png", pdf, pdf.with_suffix(""))
        run("pdftoppm", "-r", "40", "-gray", pdf, pdf.with_suffix(""))
        pictures = sorted(pdf.parent.glob(pdf.stem + "-*.pgm"))
        self.assertEqual(len(pictures), count)
        for number, picture in enumerate(pictures, 1):
            self.assertGreater(ink_of(picture), 0.002, f"page {number} of {pdf} is empty")
        return pages

    def find_everything(self, pdf, language):
        squeezed = re.sub(r"\s", "", "".join(pages_of(pdf, "-raw")))
        for rule in self.model["rules"]:
            self.assertIn(rule["id"], squeezed)
            self.assertIn(re.sub(r"\s", "", rule["title"][language]), squeezed, rule["id"])
        for subject in self.model["subjects"]:
            if subject["scope"] == "device":
                self.assertIn(subject["name"], squeezed)
        for words in (self.model["cover"]["number"], self.model["cover"]["subject"][language],
                      self.model["cover"]["operating_unit"][language]):
            self.assertIn(re.sub(r"\s", "", words), squeezed)

    def compare_contents(self, pages, titles):
        """What the contents say is where it is. Pages are numbered anew behind the contents."""
        contents = next(i for i, page in enumerate(pages) if re.search(r"目\s*录|Contents", page))
        entries, body = [], contents
        while found := re.findall(r"^ *((?:\d|\d\.\d|[A-E]\.\d|附录 ?[A-E]|Annex [A-E])\s.*?)(?: ?\.{3,}[ .]*| {3,})(\d+)$",
                                 pages[body], re.M):
            if len(found) < 5 and entries:
                break
            entries += found
            body += 1
        self.assertGreater(len(entries), 15, pages[contents])
        self.assertLessEqual(set(titles), {title.split()[0] for title, _ in entries}, entries)
        for title, number in entries:
            page = re.sub(r"\s", "", pages[body + int(number) - 1])
            self.assertIn(re.sub(r"\s", "", title), page, f"{title} on page {number}")

    def test_pdf(self):
        for language, title in (("zh", "安全合规评估报告"), ("en", "Security Compliance Report")):
            pdf = self.dir / f"report.{language}.pdf"
            pages = self.look_at(pdf, 10)
            self.assertIn(title, pages[0])
            self.find_everything(pdf, language)
            self.compare_contents(pages, ["1", "2", "3", "4"])
            self.assertIn(f"report.{language}.pdf", self.said)

    def test_the_same_model_gives_the_same_files(self):
        again = pathlib.Path(self.room.name) / "again"
        again.mkdir()
        run(PROGRAM, "--out", again, input=MODEL.read_bytes())
        for name in ("report.zh.pdf", "report.zh.docx"):
            self.assertEqual((again / name).read_bytes(), (self.dir / name).read_bytes(), name)

    def test_word(self):
        for language in ("zh", "en"):
            pdf = self.opened(f"report.{language}.docx")
            pages = self.look_at(pdf, 10)
            self.find_everything(pdf, language)
            self.compare_contents(pages, ["1", "2", "3", "4"])
            head = "账本凭证" if language == "zh" else "Ledger"
            self.assertGreater(sum(head in page for page in pages), 3, "heads of tables are repeated")

    def test_excel(self):
        pdf = self.opened("report.zh.xlsx")
        pages = self.look_at(pdf, 8)
        self.find_everything(pdf, "zh")
        for sheet in ("概要", "条款", "问题", "对象", "矩阵", "记录", "账本凭证"):
            self.assertTrue(any(re.search(sheet + r" +\d+ / \d+", page) for page in pages), sheet)

    def test_what_it_refuses(self):
        for words, code in ((["--lang", "fr", "--out", self.dir], 2), (["--out"], 2), ([], 2), (["--out", self.dir, "--format", "odt"], 2)):
            done = subprocess.run([PROGRAM, *words], input=b"", capture_output=True, timeout=30, check=False)
            self.assertEqual(done.returncode, code, words)
        bad = MODEL.read_bytes().replace(b'"earned":', b'"earned":1', 1)
        done = subprocess.run([PROGRAM, "--out", self.dir], input=bad, capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"corrupt", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
