import { Component, onMounted, onPatched, onWillStart, onWillUnmount, status, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

// Rows that are shown at first; the rest when asked for.
const ROWS = 20;
const TILES = ["lights", "agencies", "trends", "funnel", "ageing", "heat", "people", "plan"];
// Colour, shape and word say the same: whoever sees no colours reads the shape.
const VERDICTS = {
    pass: { icon: "fa-check-circle", label: _t("On target"), tone: "success" },
    near: { icon: "fa-exclamation-triangle", label: _t("Close to the target"), tone: "warning" },
    fail: { icon: "fa-times-circle", label: _t("Off target"), tone: "danger" },
    none: { icon: "fa-circle-o", label: _t("No target"), tone: "none" },
    na: { icon: "fa-minus-circle", label: _t("Not measured"), tone: "na" },
};
// Okabe and Ito: told apart by people who see colours differently.
const LINE = "#0072B2";
const TARGET = "#D55E00";

/** Figures of the city, of an agency, of its units; each opens the documents behind it. */
export class CivicKpiDashboard extends Component {
    static template = "civic_kpi.Dashboard";
    static props = { ...standardActionServiceProps };
    static path = "civic-dashboard";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.tiles = TILES;
        this.verdicts = VERDICTS;
        this.charts = [];
        this.drawn = null;
        this.state = useState({
            data: null, tiles: [...TILES], board: false, choosing: false, name: "", busy: false, isFull: false, isComplete: false,
            all: { agencies: false, heat: false },
        });
        this.rows = ROWS;
        this.asked = 0;
        this.filters = { period_id: false, kind: "month", company_id: false, level: false, field_id: false };
        this.onFullscreen = () => (this.state.isFull = document.fullscreenElement === this.root.el);
        this.env.config.setDisplayName(_t("Dashboard"));
        onWillStart(async () => {
            await this.loadHead();
            const board = this.state.data.boards[0];
            if (board) {
                this.useBoard(board);
            }
        });
        onMounted(() => {
            document.addEventListener("fullscreenchange", this.onFullscreen);
            this.loadTiles();
        });
        onPatched(() => this.draw());
        onWillUnmount(() => {
            document.removeEventListener("fullscreenchange", this.onFullscreen);
            this.clear();
        });
    }

    /** The lights first: what a manager looks at; tables and charts below follow. */
    async load() {
        await this.loadHead();
        await this.loadTiles();
    }

    ask(part) {
        return this.orm.silent.call("civic.kpi.board", "get_dashboard", [{ ...this.filters, part }]);
    }

    async loadTiles() {
        const asked = ++this.asked;
        const [tiles] = await Promise.all([this.ask("tiles"), loadBundle("web.chartjs_lib")]);
        if (asked === this.asked && status(this) !== "destroyed") {
            Object.assign(this.state.data, tiles);
            this.state.isComplete = true;
        }
    }

    async loadHead() {
        const data = await this.ask("head");
        this.filters.period_id = data.period ? data.period.id : false;
        this.filters.kind = data.period ? data.period.kind : this.filters.kind;
        this.filters.company_id = data.company_id;
        this.filters.field_id = data.field_id;
        this.state.data = data;
        this.state.isComplete = false;
        this.state.all = { agencies: false, heat: false };
    }

    // --- what is shown ---

    get data() {
        return this.state.data;
    }

    has(tile) {
        return this.state.tiles.includes(tile);
    }

    get tileNames() {
        return {
            lights: _t("Traffic lights"), agencies: _t("Agencies"), trends: _t("Trends"), funnel: _t("Life of a document"),
            ageing: _t("How late"), heat: _t("Units by week"), people: _t("Overdue by person"), plan: _t("The plan"),
        };
    }

    get indicators() {
        const board = this.data.boards.find((one) => one.id === this.state.board);
        const chosen = board ? board.indicator_ids : [];
        return chosen.length ? this.data.indicators.filter((one) => chosen.includes(one.id)) : this.data.indicators;
    }

    indicator(id) {
        return this.data.indicators.find((one) => one.id === id);
    }

    get lights() {
        const shown = new Set(this.indicators.map((one) => one.id));
        return this.data.lights.filter((light) => shown.has(light.indicator_id));
    }

    get columns() {
        // a column of zeroes without a target says nothing
        const measured = (id) => this.data.agencies.some(({ figures: { [id]: one } }) => one && !one.na && (one.numerator || one.verdict !== "none"));
        return this.indicators.filter((one) => ["plan", "operation"].includes(one.category) && measured(one.id));
    }

    get series() {
        const shown = new Set(this.indicators.map((one) => one.id));
        return this.data.trends.series.filter((one) => shown.has(one.indicator_id));
    }

    first(tile, rows) {
        return this.state.all[tile] ? rows : rows.slice(0, ROWS);
    }

    get periods() {
        return this.data.periods.filter((one) => one.kind === this.filters.kind);
    }

    share(step, steps) {
        const most = Math.max(...steps.map((one) => one.numerator), 1);
        return Math.round((100 * step.numerator) / most);
    }

    describe(light) {
        const verdict = this.verdicts[light.verdict].label;
        return light.na ? light.reason : `${verdict}: ${light.shown}`;
    }

    formatTarget(light, indicator) {
        const text = String(light.target).replace(".", ",");
        return indicator.unit === "percent" ? `${text} %` : text;
    }

    heatStyle(cell) {
        if (!cell || cell.na) {
            return "";
        }
        const strength = Math.min(100, Math.max(0, 100 - cell.value));
        return `background-color: rgba(213, 94, 0, ${(strength / 100) * 0.75})`;       // dark words stand out from every shade
    }

    get unitLabel() {
        return _t("Unit");
    }

    get agencyLabel() {
        return _t("Agency");
    }

    get freshness() {
        const value = this.data.counted_at;
        if (!value) {
            return "";
        }
        const day = new Date(value.replace(" ", "T") + "Z");
        return day.toLocaleString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit", year: "numeric" });
    }

    // --- filters ---

    async filter(name, value) {
        this.filters[name] = value;
        if (name === "kind") {
            this.filters.period_id = false;
        }
        await this.load();
    }

    filterNumber(name, ev) {
        return this.filter(name, Number(ev.target.value) || false);
    }

    openAgency(id) {
        return this.filter("company_id", id);
    }

    async refresh() {
        this.state.busy = true;
        try {
            await this.orm.call("civic.kpi.period", "action_refresh", [[]]);
            await this.load();
        } finally {
            this.state.busy = false;
        }
    }

    // --- the documents behind a number ---

    async drill(figure, indicator, part) {
        if (!figure || !figure.id) {
            return;
        }
        if (figure.na) {
            return this.notification.add(figure.reason, { type: "info" });
        }
        const level = !this.data.company_id && this.filters.level;
        if (indicator && !indicator.has_documents && !level) {
            return this.action.doAction({
                type: "ir.actions.act_window", res_model: "civic.kpi.value", res_id: figure.id, views: [[false, "form"]],
            });
        }
        return this.action.doAction(await this.orm.call("civic.kpi.board", "get_drill", [figure.id, part, this.filters.field_id, level]));
    }

    async openPerson(row) {
        const args = [this.data.company_id, row.user_id, row.unit_id];
        return this.action.doAction(await this.orm.call("civic.kpi.board", "get_drill_person", args));
    }

    openDuties(step) {
        return this.action.doAction({
            type: "ir.actions.act_window", name: step.name, res_model: "civic.plan.task",
            views: [[false, "list"], [false, "form"]], domain: [["id", "in", step.ids]],
        });
    }

    // --- own boards ---

    useBoard(board) {
        this.state.board = board ? board.id : false;
        this.state.tiles = board ? [...board.tiles] : [...TILES];
        this.state.name = board ? board.name : "";
    }

    chooseBoard(ev) {
        this.useBoard(this.data.boards.find((one) => one.id === Number(ev.target.value)));
    }

    toggleTile(tile) {
        this.state.tiles = this.has(tile) ? this.state.tiles.filter((one) => one !== tile) : TILES.filter((one) => this.has(one) || one === tile);
    }

    async saveBoard() {
        const name = this.state.name.trim();
        if (!name) {
            return this.notification.add(_t("Give the board a name."), { type: "warning" });
        }
        const known = this.data.boards.find((one) => one.name === name);
        const values = { name, tiles: [...this.state.tiles] };
        let id = known && known.id;
        if (known) {
            await this.orm.write("civic.kpi.board", [id], values);
        } else {
            [id] = await this.orm.create("civic.kpi.board", [values]);
        }
        await this.load();
        this.state.board = id;
        this.state.choosing = false;
        this.notification.add(_t("Your board is saved."), { type: "success" });
    }

    // --- meetings and paper ---

    toggleFullscreen() {
        return document.fullscreenElement ? document.exitFullscreen() : this.root.el.requestFullscreen();
    }

    exportUrl(extension) {
        const options = JSON.stringify({ period_id: this.filters.period_id, company_id: this.data.company_id || false, level: this.filters.level, field_id: this.filters.field_id });
        return `/civic/form/kpi_figures.${extension}?options=${encodeURIComponent(options)}`;
    }

    print() {
        browser.open(this.exportUrl("pdf"), "_blank");
    }

    // --- charts ---

    clear() {
        this.observer?.disconnect();
        for (const chart of this.charts) {
            chart.destroy();
        }
        this.charts = [];
    }

    draw() {
        const key = JSON.stringify([this.filters, this.state.tiles, this.state.board, this.data && this.data.counted_at, this.state.isComplete]);
        if (this.drawn === key || !this.root.el || !this.state.isComplete) {
            return;
        }
        this.drawn = key;
        this.clear();
        const labels = this.data.trends.labels;
        const shown = this.series;
        // a chart is drawn when somebody scrolls to it
        this.observer = new IntersectionObserver((entries) => {
            for (const { isIntersecting, target } of entries) {
                const series = shown.find((one) => one.indicator_id === Number(target.dataset.series));
                if (isIntersecting && series) {
                    this.observer.unobserve(target);
                    this.charts.push(this.drawTrend(target, series, labels));
                }
            }
        }, { rootMargin: "200px" });
        for (const canvas of this.root.el.querySelectorAll("canvas[data-series]")) {
            this.observer.observe(canvas);
        }
    }

    drawTrend(canvas, series, labels) {
        const datasets = [{
            label: _t("Figure"), data: series.values, borderColor: LINE, backgroundColor: LINE, pointRadius: 4, tension: 0.2, spanGaps: true,
        }];
        if (series.targets.some((target) => target !== null)) {
            datasets.push({
                label: _t("Target"), data: series.targets, borderColor: TARGET, backgroundColor: TARGET, borderDash: [6, 4],
                pointRadius: 0, pointStyle: "line", spanGaps: true,
            });
        }
        // eslint-disable-next-line no-undef
        return new Chart(canvas, {
            type: "line",
            data: { labels, datasets },
            options: {
                animation: false, responsive: true, maintainAspectRatio: false,
                plugins: { legend: { position: "bottom", labels: { usePointStyle: true } } },
                scales: { y: { beginAtZero: true, suggestedMax: series.unit === "percent" ? 100 : undefined } },
                onClick: (_ev, points) => {
                    if (points.length && points[0].datasetIndex === 0) {
                        this.drill({ id: series.ids[points[0].index] }, this.indicator(series.indicator_id), "missed");
                    }
                },
            },
        });
    }
}

registry.category("actions").add("civic_kpi_dashboard", CivicKpiDashboard);
