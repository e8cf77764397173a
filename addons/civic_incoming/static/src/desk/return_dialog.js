import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";

/** Why a draft goes back to its sender: a digit chooses a kept reason, or it is typed. */
export class ReturnDialog extends Component {
    static template = "civic_incoming.ReturnDialog";
    static components = { Dialog };
    static props = { onChosen: Function, close: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ reasons: [], text: "" });
        onWillStart(async () => {
            const reasons = await this.orm.searchRead("civic.return.reason", [], ["name"], { limit: 9 });
            this.state.reasons = reasons.map((reason, index) => ({ ...reason, digit: index + 1 }));
        });
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev), { capture: true });
    }

    onKeydown(ev) {
        const reason = this.state.reasons.find((candidate) => String(candidate.digit) === ev.key);
        if (reason && !this.state.text && !ev.ctrlKey && !ev.metaKey) {
            ev.preventDefault();
            ev.stopPropagation();
            this.choose(reason.name);
        } else if (ev.key === "Enter" && this.state.text.trim()) {
            ev.preventDefault();
            ev.stopPropagation();
            this.choose(this.state.text.trim());
        }
    }

    choose(reason) {
        this.props.close();
        this.props.onChosen(reason);
    }
}
