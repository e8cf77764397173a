/**
 * Words of a page and how one moves between them; plain functions, no component.
 *
 * A word comes from the server as `[text, x0, y0, x1, y1, confidence]` in fractions of the page.
 */

/** Words further apart than this share of the page's width stand in different columns: the head of a page has two. */
const COLUMN_GAP = 0.045;

/** @returns {{ text, x0, y0, x1, y1, line }[]} words in the order in which they are read */
export function layOut(rows) {
    const words = rows.map(([text, x0, y0, x1, y1]) => ({ text, x0, y0, x1, y1 }));
    words.sort((a, b) => a.y0 + a.y1 - b.y0 - b.y1);
    // rows: words whose middle lies within the height of the row
    const lines = [];
    for (const word of words) {
        const middle = (word.y0 + word.y1) / 2;
        const line = lines.findLast((candidate) => middle > candidate.y0 && middle < candidate.y1);
        if (line) {
            line.words.push(word);
        } else {
            lines.push({ y0: word.y0, y1: word.y1, words: [word] });
        }
    }
    const ordered = [];
    let number = 0;
    for (const line of lines) {
        line.words.sort((a, b) => a.x0 - b.x0);
        line.words.forEach((word, index) => {
            if (index && word.x0 - line.words[index - 1].x1 > COLUMN_GAP) {
                number++;
            }
            ordered.push({ ...word, line: number });
        });
        number++;
    }
    return ordered;
}

/** The words from one to the other. Lines of another column, which stand beside both ends, are left out. */
export function getRange(words, from, to) {
    const [first, last] = from <= to ? [from, to] : [to, from];
    const range = words.slice(first, last + 1);
    const lines = new Map();
    for (const word of words) {
        const line = lines.get(word.line) || { x0: 1, x1: 0 };
        lines.set(word.line, { x0: Math.min(line.x0, word.x0), x1: Math.max(line.x1, word.x1) });
    }
    const ends = range.length ? [lines.get(range[0].line), lines.get(range[range.length - 1].line)] : [];
    return range.filter((word) => {
        const line = lines.get(word.line);
        return ends.some((end) => line.x1 > end.x0 && line.x0 < end.x1);
    });
}

export function getLine(words, index) {
    return words.filter((word) => word.line === words[index].line);
}

export function getText(words) {
    return words.map((word) => word.text).join(" ");
}

/** The word that an arrow key leads to from the word `index`. */
export function move(words, index, key) {
    const word = words[index];
    if (!word) {
        return words.length ? 0 : -1;
    }
    switch (key) {
        case "ArrowRight":
            return Math.min(index + 1, words.length - 1);
        case "ArrowLeft":
            return Math.max(index - 1, 0);
        case "Home":
            return words.findIndex((candidate) => candidate.line === word.line);
        case "End":
            return words.findLastIndex((candidate) => candidate.line === word.line);
    }
    const isDown = key === "ArrowDown";
    const middle = (word.x0 + word.x1) / 2;
    const height = word.y1 - word.y0;
    let best = index;
    let least = Infinity;
    words.forEach((candidate, place) => {
        const away = isDown ? candidate.y0 - word.y0 : word.y0 - candidate.y0;
        if (away > height * 0.5) {
            const aside = Math.max(candidate.x0 - middle, middle - candidate.x1, 0);
            const distance = away + aside * 0.5;
            if (distance < least) {
                least = distance;
                best = place;
            }
        }
    });
    return best;
}

/** The word under a point of the page, or the nearest one within a finger's width. */
export function findAt(words, x, y, reach = 0.012) {
    let best = -1;
    let least = reach;
    words.forEach((word, index) => {
        const away = Math.hypot(Math.max(word.x0 - x, x - word.x1, 0), Math.max(word.y0 - y, y - word.y1, 0));
        if (away < least) {
            least = away;
            best = index;
        }
    });
    return best;
}

/** The word that a box, such as that of a suggestion, begins with. */
export function findInBox(words, [x0, y0, x1, y1]) {
    return words.findIndex((word) => {
        const x = (word.x0 + word.x1) / 2;
        const y = (word.y0 + word.y1) / 2;
        return x >= x0 && x <= x1 && y >= y0 && y <= y1;
    });
}
