import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { hidePDFJSButtons } from "@web/core/utils/pdfjs";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { browser } from "@web/core/browser/browser";
import { Component, onWillStart, onWillUnmount, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";

import { PageReader } from "../../desk/page_reader";

const MODE_KEY = "civic_desk_viewer";
const PDF_VIEWER = "/web/static/lib/pdfjs/web/viewer.html";
const PDF_PREFERENCES = "pdfjs.preferences";

/** Papers come from anywhere: the viewer runs no script in them, and form fields are shown all the same. */
function forbidScripts() {
    let preferences = {};
    try {
        preferences = JSON.parse(browser.localStorage.getItem(PDF_PREFERENCES)) || {};
    } catch {
        // what cannot be read is written anew
    }
    if (preferences.enableScripting !== false) {
        browser.localStorage.setItem(
            PDF_PREFERENCES,
            JSON.stringify({ ...preferences, enableScripting: false })
        );
    }
}

/**
 * The files of a document beside its form.
 *
 * The address of the frame depends on the file alone: saving or changing the form
 * leaves the frame, and with it the page and the zoom the reader chose, in place.
 */
export class DocumentPreview extends Component {
    static template = "civic_incoming.DocumentPreview";
    static components = { PageReader };
    static props = { ...standardWidgetProps };

    setup() {
        this.desk = this.env.civicDesk;
        this.state = useState({
            contentId: false,
            collapsed: false,
            mode: browser.localStorage.getItem(MODE_KEY) || "page",
            failed: false,
        });
        this.toggleMode = () => {
            this.state.mode = this.state.mode === "page" ? "file" : "page";
            browser.localStorage.setItem(MODE_KEY, this.state.mode);
        };
        onWillStart(() => {
            forbidScripts();
            if (this.desk) {
                this.desk.handlers.toggleViewer = this.toggleMode;
            }
        });
        onWillUnmount(() => {
            if (this.desk?.handlers.toggleViewer === this.toggleMode) {
                delete this.desk.handlers.toggleViewer;
            }
        });
        this.frame = useRef("frame");
        onWillUpdateProps((nextProps) => {
            if (nextProps.record.resId !== this.props.record.resId) {
                this.state.contentId = false;
                this.state.failed = false;
            }
        });
        useEffect(
            (frame) => {
                if (frame) {
                    hidePDFJSButtons(frame, { hideDownload: true, hidePrint: true });
                }
            },
            () => [this.frame.el]
        );
    }

    get contents() {
        return this.props.record.data.preview_contents || [];
    }

    get content() {
        return (
            this.contents.find((content) => content.id === this.state.contentId) || this.contents[0]
        );
    }

    /** Drafts show the page with its words: what the clerk copies from stands there. */
    get canShowPage() {
        return Boolean(this.desk?.isActive) && ["pdf", "image"].includes(this.content.kind) && !this.state.failed;
    }

    get showsPage() {
        return this.canShowPage && this.state.mode === "page";
    }

    get viewerUrl() {
        const file = encodeURIComponent(this.content.url);
        return `${PDF_VIEWER}?file=${file}#pagemode=none&zoom=page-width`;
    }

    get toggleTitle() {
        return this.state.collapsed ? _t("Show the file") : _t("Hide the file");
    }

    select(contentId) {
        this.state.contentId = contentId;
    }

    toggle() {
        this.state.collapsed = !this.state.collapsed;
    }
}

export const documentPreview = {
    component: DocumentPreview,
    fieldDependencies: [{ name: "preview_contents", type: "json", readonly: true }],
};

registry.category("view_widgets").add("civic_document_preview", documentPreview);
