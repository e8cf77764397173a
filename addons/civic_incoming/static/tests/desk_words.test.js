import { describe, expect, test } from "@odoo/hoot";

import { DESK_KEYS, formatHotkey, getKeyHelp } from "@civic_incoming/desk/desk_keys";
import { findAt, findInBox, getLine, getRange, getText, layOut, move } from "@civic_incoming/desk/page_words";

describe.current.tags("headless");

/** The head of a letter in two columns, and two lines of its body; words come in no order. */
const ROWS = [
    ["Số:", 0.15, 0.1, 0.18, 0.115, 1],
    ["ngày", 0.7, 0.1, 0.74, 0.115, 1],
    ["BỘ", 0.15, 0.06, 0.18, 0.075, 1],
    ["NỘI", 0.185, 0.06, 0.22, 0.075, 1],
    ["VỤ", 0.225, 0.061, 0.25, 0.076, 1],
    ["CỘNG", 0.6, 0.06, 0.65, 0.075, 1],
    ["HÒA", 0.655, 0.06, 0.69, 0.075, 1],
    ["45/QĐ-BNV", 0.185, 0.1, 0.27, 0.115, 1],
    ["5/3/2025", 0.745, 0.1, 0.82, 0.115, 1],
    ["Về", 0.3, 0.2, 0.33, 0.215, 1],
    ["việc", 0.335, 0.2, 0.37, 0.215, 1],
    ["ABC", 0.2, 0.22, 0.24, 0.235, 1],
];
const words = layOut(ROWS);
const find = (text) => words.findIndex((word) => word.text === text);

test("words are read line by line, each column for itself", () => {
    expect(getText(words)).toBe("BỘ NỘI VỤ CỘNG HÒA Số: 45/QĐ-BNV ngày 5/3/2025 Về việc ABC");
    expect(getText(getLine(words, find("NỘI")))).toBe("BỘ NỘI VỤ");
    expect(getText(getLine(words, find("ngày")))).toBe("ngày 5/3/2025");
    expect(layOut([])).toEqual([]);
});

test("a range across lines leaves the other column out", () => {
    expect(getText(getRange(words, find("NỘI"), find("45/QĐ-BNV")))).toBe("NỘI VỤ Số: 45/QĐ-BNV");
    expect(getText(getRange(words, find("ABC"), find("Về")))).toBe("Về việc ABC");
    expect(getText(getRange(words, find("VỤ"), find("VỤ")))).toBe("VỤ");
    expect(getRange(words, 50, 60)).toEqual([]);
});

test("arrows go from word to word and to the nearest word of the line above or below", () => {
    expect(words[move(words, find("BỘ"), "ArrowRight")].text).toBe("NỘI");
    expect(words[move(words, find("NỘI"), "ArrowDown")].text).toBe("45/QĐ-BNV");
    expect(words[move(words, find("HÒA"), "ArrowDown")].text).toBe("ngày");
    expect(words[move(words, find("Số:"), "ArrowUp")].text).toBe("BỘ");
    expect(words[move(words, find("ABC"), "ArrowDown")].text).toBe("ABC");
    expect(words[move(words, find("VỤ"), "Home")].text).toBe("BỘ");
    expect(words[move(words, find("BỘ"), "End")].text).toBe("VỤ");
    expect(move(words, 0, "ArrowLeft")).toBe(0);
    expect(move([], 3, "ArrowDown")).toBe(-1);
});

test("a point or a box finds its word, empty paper finds none", () => {
    expect(words[findAt(words, 0.2, 0.107)].text).toBe("45/QĐ-BNV");
    expect(findAt(words, 0.5, 0.8)).toBe(-1);
    expect(words[findInBox(words, [0.14, 0.095, 0.28, 0.12])].text).toBe("Số:");
    expect(findInBox(words, [0.5, 0.5, 0.6, 0.6])).toBe(-1);
});

test("the key help shows the keys that do something, and no others", () => {
    const handlers = { registerAndNext: () => {}, paste: () => {} };
    const shown = getKeyHelp({ handlers }).flatMap((group) => group.keys);
    expect(shown.map((key) => key.id)).toEqual(["registerAndNext", "paste"]);
    expect(shown.map((key) => key.keys)).toEqual(["Ctrl+Enter", "Alt+V"]);
});

test("no key means two things", () => {
    const hotkeys = DESK_KEYS.flatMap((entry) => entry.hotkeys || entry.hotkey || []);
    expect(new Set(hotkeys).size).toBe(hotkeys.length);
    for (const entry of DESK_KEYS) {
        expect(Boolean(entry.hotkey || entry.hotkeys || entry.keys)).toBe(true);
        expect(formatHotkey(entry)).not.toBe("");
    }
});
