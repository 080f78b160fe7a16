"""The kinds of photographs, and of empty pages, that `tests.benchmarks.photographs` measures."""

import numpy as np

from tests.benchmarks.scenes import Page, empty, kind, printed

DESK = (62, 44, 34)
BLUE, GREY = (150, 180, 225), (110, 130, 160)


@kind
def pen_on_white_paper(page: Page) -> None:
    page.paper()
    page.write(pen=0.055)
    page.light()


@kind
def marker_on_white_paper(page: Page) -> None:
    page.paper()
    page.write(pen=None)
    page.light()


@kind
def light_pencil(page: Page) -> None:
    page.paper()
    page.write(pen=0.06, color=(150, 150, 152), strength=0.5)
    page.light()


@kind
def small_on_a_large_sheet(page: Page) -> None:
    page.paper()
    page.write(share=0.15, pen=0.07)
    page.light()


def strong_squares(page: Page) -> None:
    page.paper()
    page.lines(34, GREY, 2.2, squared=True)


@kind
def squared_paper(page: Page) -> None:
    strong_squares(page)
    page.write(pen=0.07)
    page.light()


@kind
def graph_paper_in_orange(page: Page) -> None:
    page.paper()
    page.lines(14, (235, 160, 90), 1, squared=True)
    page.lines(70, (235, 130, 60), 2.2, squared=True)
    page.write(pen=0.07)
    page.light()


def dark_rules(page: Page) -> None:
    page.paper()
    page.lines(56, (110, 130, 180), 2.2)


@kind
def dark_ruled_paper(page: Page) -> None:
    dark_rules(page)
    page.write(pen=0.07, color=(25, 40, 110))
    page.light()


@kind
def yellow_legal_pad(page: Page) -> None:
    page.paper((250, 238, 150))
    page.lines(48, BLUE, 2.2)
    page.draw(lambda pen: pen.line([(70, 0), (70, page.h)], fill=255, width=2), (215, 70, 70))
    page.write(pen=0.06)
    page.light()


@kind
def one_line_high(page: Page) -> None:
    page.paper()
    page.lines(80, BLUE, 1.8)
    page.write(share=0.15, pen=0.08)
    page.light()


@kind
def hard_shadow(page: Page) -> None:
    page.paper()
    page.write()
    angle, place = page.rng.uniform(0, 2 * np.pi), page.rng.uniform(-0.1, 0.25)
    page.color *= 1 - 0.45 * page.band(angle, place, 5)[..., None]


@kind
def shadow_of_a_hand(page: Page) -> None:
    page.paper()
    page.write()
    x, y = page.rng.uniform(0.1, 0.9), page.rng.uniform(0.7, 1)
    page.color *= 1 - 0.4 * page.disc(x, y, 0.4, 1.2, 9)[..., None]
    page.light()


def glare(page: Page) -> None:
    x, y = page.rng.uniform(0.05, 0.95, 2)
    spot = np.exp(-(((page.x / page.w - x) / 0.2) ** 2 + ((page.y / page.h - y) / 0.16) ** 2))
    page.color = page.color + 0.55 * spot[..., None]


def whiteboard(page: Page) -> None:
    page.paper((205, 208, 212), 0.004)
    frame = [(8, 8, page.w - 9, page.h - 9)]
    page.draw(lambda pen: pen.rectangle(frame[0], outline=255, width=14), (120, 122, 126))


@kind
def whiteboard_with_glare(page: Page) -> None:
    page.paper((205, 208, 212), 0.004)
    page.write(strength=0.8)
    glare(page)
    page.light()


@kind
def whiteboard_with_its_frame(page: Page) -> None:
    whiteboard(page)
    page.write(strength=0.8, share=0.4)
    glare(page)


@kind
def chalkboard(page: Page) -> None:
    page.paper((38, 82, 62), 0.05)
    page.lay((0.25 + 0.25 * page.clouds(60)).clip(0, 0.5), (140, 165, 150), 0.5)
    page.write(pen=0.09, color=(235, 238, 232), strength=0.8)
    page.light()


def desk(page: Page, sides: int) -> None:
    """Let the sheet end inside the picture."""
    outside = np.zeros((page.h, page.w), np.float32)
    start = page.rng.integers(4)
    for side in range(start, start + sides):
        far = page.rng.uniform(0.36, 0.44) * (1 if side % 2 == 0 else page.h / page.w)
        angle = side * np.pi / 2 + page.rng.uniform(-0.06, 0.06)
        outside = np.maximum(outside, page.band(angle, far))
    wood = np.array(DESK) * (1 + 0.15 * page.clouds(6)[..., None])
    page.color = page.color * (1 - outside[..., None]) + wood / 255 * outside[..., None]


@kind
def edge_of_the_desk(page: Page) -> None:
    page.paper()
    page.write(share=0.42, at=(0.5, 0.5))
    desk(page, 2)
    page.light()


@kind
def sheet_on_a_desk(page: Page) -> None:
    page.paper()
    page.write(share=0.4, at=(0.5, 0.5))
    desk(page, 4)
    page.light()


@kind
def ruled_sheet_on_a_desk(page: Page) -> None:
    dark_rules(page)
    page.write(share=0.4, at=(0.5, 0.5))
    desk(page, 4)


def worksheet(page: Page) -> None:
    printed(
        page,
        [
            (0.06, 0.04, "Name: ____________  Date: ______", 20),
            (0.06, 0.92, "Write one digit in the middle of the page", 18),
        ],
    )


@kind
def printed_worksheet(page: Page) -> None:
    page.paper()
    worksheet(page)
    page.write(share=0.42, at=(0.5, 0.5))
    page.light()


@kind
def line_of_text_above(page: Page) -> None:
    page.paper()
    printed(page, [(0.1, 0.12, "Exercise 3: what do you see?", 26)])
    page.write(share=0.4, at=(0.5, 0.6))
    page.light()


@kind
def form_box(page: Page) -> None:
    page.paper()
    box = (110, 150, 370, 410)
    page.draw(lambda pen: pen.rectangle(box, outline=255, width=3), (90, 90, 95))
    page.write(share=0.36, at=(0.5, 0.5))
    page.light()


@kind
def cell_of_a_table(page: Page) -> None:
    page.paper()

    def table(pen: object) -> None:
        for i in range(4):
            pen.line([(20, 70 + 140 * i), (460, 70 + 140 * i)], fill=255, width=2)
            pen.line([(20 + 146 * i, 70), (20 + 146 * i, 490)], fill=255, width=2)

    page.draw(table, (60, 60, 65))
    page.write(share=0.19, at=(0.5, 0.5), pen=0.09)
    page.light()


@kind
def two_digits_of_different_size(page: Page) -> None:
    page.paper()
    page.write(1, 0.15, 0.1, at=(0.13, 0.13))
    page.write(0, 0.5, at=(0.55, 0.55))
    page.light()


@kind
def three_in_a_row(page: Page) -> None:
    page.paper()
    for index, x in ((1, 0.18), (0, 0.5), (2, 0.82)):
        page.write(index, 0.26, 0.09, at=(x, 0.5))
    page.light()


@kind
def screenshot_of_a_browser(page: Page) -> dict:
    page.paper((255, 255, 255), 0)
    page.draw(lambda pen: pen.rectangle((0, 0, page.w, 62), fill=255), (222, 225, 230), 1)
    page.draw(lambda pen: pen.rounded_rectangle((90, 34, 400, 56), 9, fill=255), (255,) * 3, 1)
    printed(
        page, [(0.22, 0.062, "https://draw.example/pad", 14), (0.05, 0.014, "Draw a digit", 14)]
    )
    box = (60, 120, 420, 520)
    page.draw(lambda pen: pen.rectangle(box, outline=255, width=2), (120, 120, 120), 1)
    page.write(share=0.5, at=(0.5, 0.57), color=(0, 0, 0), strength=1)
    return {"blur": 0, "grain": 0, "quality": 95}


@kind
def screenshot_of_a_notes_app(page: Page) -> dict:
    page.paper((255, 255, 255), 0)
    printed(page, [(0.05, 0.01, "9:41", 20), (0.04, 0.06, "< Notes", 20), (0.85, 0.06, "Done", 20)])
    page.draw(lambda pen: pen.rectangle((0, 490, 480, 560), fill=255), (242, 242, 247), 1)
    colors = ((0, 0, 0), (0, 122, 255), (52, 199, 89), (255, 204, 0), (255, 59, 48))
    for i, color in enumerate(colors):
        page.lay(page.disc(0.14 + 0.18 * i, 0.935, 0.045), color, 1)
    page.write(share=0.55, pen=0.05, at=(0.5, 0.48), color=(0, 0, 0), strength=1)
    return {"blur": 0, "grain": 0, "quality": 95}


@kind
def notes_in_dark_mode(page: Page) -> dict:
    page.paper((28, 28, 30), 0)
    printed(page, [(0.05, 0.01, "9:41", 20), (0.85, 0.06, "Done", 20)], (235, 235, 240))
    page.draw(lambda pen: pen.rectangle((0, 500, 480, 560), fill=255), (44, 44, 46), 1)
    page.write(share=0.55, pen=0.06, at=(0.5, 0.5), color=(255, 255, 255), strength=1)
    return {"blur": 0, "grain": 0, "quality": 95}


@kind
def coffee_stain(page: Page) -> None:
    page.paper()
    x, y, radius = page.rng.uniform(0.1, 0.9), page.rng.uniform(0.1, 0.9), 0.22
    ring = page.disc(x, y, radius, soft=2) - page.disc(x, y, radius - 0.025, soft=3)
    page.lay(ring, (150, 105, 60), 0.6)
    page.lay(page.disc(x, y, radius, soft=3), (190, 150, 105), 0.25)
    page.write()
    page.light()


@kind
def thumb_in_the_corner(page: Page) -> None:
    page.paper()
    page.write(share=0.45, at=(0.5, 0.45))
    x = page.rng.choice([0.05, 0.95])
    page.lay(page.disc(x, 0.98, 0.17, 1.5, 3), (205, 150, 125), 1)
    page.light()


@kind
def folded_paper(page: Page) -> None:
    page.paper()
    page.write()
    angle, place = page.rng.uniform(-0.3, 0.3), page.rng.uniform(-0.2, 0.2)
    for turn in (0, np.pi / 2):
        page.color *= 1 - 0.14 * page.band(angle + turn, place, 2)[..., None]
        crease = page.band(angle + turn, place, 1) - page.band(angle + turn, place + 0.008, 1)
        page.color *= 1 - 0.2 * crease[..., None]
    page.light()


@kind
def strong_compression(page: Page) -> dict:
    page.paper()
    page.write(pen=0.07)
    page.light()
    return {"quality": 8}


@kind
def low_light(page: Page) -> dict:
    page.paper()
    page.write()
    page.light(0.5)
    page.color = page.color * 0.25
    return {"grain": 0.05, "blur": 1.5}


@kind
def seen_from_the_side(page: Page) -> None:
    page.paper()
    page.write(tilt=5)
    page.light()
    page.lean(0.15)


@kind
def pen_lying_on_the_paper(page: Page) -> None:
    page.paper()
    page.write(share=0.42, at=(0.4, 0.5))
    angle = page.rng.uniform(-0.25, 0.25)
    barrel = page.band(angle, 0.33) * (1 - page.band(angle, 0.37))
    page.lay(barrel * page.band(np.pi / 2, -0.3), (40, 60, 150), 1)
    page.light()


@kind
def stapled_corner(page: Page) -> None:
    page.paper()
    page.draw(lambda pen: pen.line([(40, 60), (80, 35)], fill=255, width=4), (90, 90, 95))
    page.write()
    page.light()


@kind
def spiral_binding(page: Page) -> None:
    page.paper()
    page.lines(48, BLUE, 1.8)
    for i in range(14):
        page.lay(page.disc(0.04, 0.03 + 0.072 * i, 0.017), (45, 42, 40), 1)
    page.write(pen=0.07, at=(0.55, 0.5))
    page.light()


@empty
def no_plain_paper(page: Page) -> None:
    page.paper()
    page.light()


@empty
def no_squared_paper(page: Page) -> None:
    strong_squares(page)
    page.light()


@empty
def no_ruled_paper(page: Page) -> None:
    dark_rules(page)
    page.light()


@empty
def no_sheet_on_a_desk(page: Page) -> None:
    page.paper()
    desk(page, 4)
    page.light()


@empty
def no_shadow(page: Page) -> None:
    page.paper()
    angle = page.rng.uniform(0, 2 * np.pi)
    page.color *= 1 - 0.45 * page.band(angle, 0.1, 5)[..., None]


@empty
def no_whiteboard(page: Page) -> None:
    whiteboard(page)
    glare(page)


@empty
def no_ruled_sheet_on_a_desk(page: Page) -> None:
    dark_rules(page)
    desk(page, 4)
