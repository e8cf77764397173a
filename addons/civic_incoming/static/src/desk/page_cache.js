import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

/** A page that fills half a screen: what is drawn finer is only slower. */
const getResolution = () => (browser.innerWidth * (window.devicePixelRatio || 1) > 1600 ? 150 : 100);
const KEPT_PAGES = 12;

/** The words and the picture of pages, fetched once, and for the next draft before it is shown. */
export class PageCache {
    constructor(orm) {
        this.orm = orm;
        this.pages = new Map();
    }

    getPictureUrl(contentId, number) {
        return `/civic/content/${contentId}/page/${number}.png?dpi=${getResolution()}`;
    }

    /** @returns {Promise<Object>} what `get_page_words` says; a failure is an answer too */
    get(contentId, number) {
        const key = `${contentId},${number}`;
        if (!this.pages.has(key)) {
            this.pages.set(
                key,
                this.orm.silent
                    .call("civic.content", "get_page_words", [[contentId], number])
                    .catch((error) => ({
                        number,
                        state: "failed",
                        words: [],
                        message: error.data?.message || _t("The page could not be read."),
                    }))
                    .then((page) => {
                        // what is still being read is asked for again
                        if (page.state === "pending") {
                            this.pages.delete(key);
                        }
                        return page;
                    })
            );
            if (this.pages.size > KEPT_PAGES) {
                this.pages.delete(this.pages.keys().next().value);
            }
        }
        return this.pages.get(key);
    }

    /** Fetches the first page of the next draft, words and picture, before it is asked for. */
    warm(content) {
        if (content && ["pdf", "image"].includes(content.kind)) {
            this.get(content.id, 1);
            this.picture = new Image();
            this.picture.src = this.getPictureUrl(content.id, 1);
        }
    }

    forget(contentId) {
        for (const key of this.pages.keys()) {
            if (key.startsWith(`${contentId},`)) {
                this.pages.delete(key);
            }
        }
    }
}
