import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onMounted, onWillUnmount, status } from "@odoo/owl";

const DELAY = 2000;

/**
 * Work goes on in the background: the form is read anew every few seconds as long as the widget is there, but never
 * while somebody types, nor in a window that nobody sees.
 */
export class Follow extends Component {
    static template = "civic_base.Follow";
    static props = { ...standardWidgetProps };

    setup() {
        onMounted(() => this.wait());
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    wait() {
        this.timer = browser.setTimeout(() => this.refresh(), DELAY);
    }

    async refresh() {
        const { record } = this.props;
        if (record.resId && !document.hidden && !(await record.isDirty())) {
            await record.load();
        }
        if (status(this) === "mounted") {
            this.wait();
        }
    }
}

registry.category("view_widgets").add("civic_follow", { component: Follow });
