import { Dialog } from "@web/core/dialog/dialog";
import { Component } from "@odoo/owl";

import { getKeyHelp } from "./desk_keys";

export class KeyHelpDialog extends Component {
    static template = "civic_incoming.KeyHelpDialog";
    static components = { Dialog };
    static props = { desk: Object, close: Function };

    get groups() {
        return getKeyHelp(this.props.desk);
    }
}
