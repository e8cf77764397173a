import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { useIncomingUpload } from "../components/incoming_upload/incoming_upload_hook";

export class IncomingListController extends ListController {
    static template = "civic_incoming.IncomingListView";

    setup() {
        super.setup();
        this.incomingUpload = useIncomingUpload({
            openDocument: (documentId) => this.props.selectRecord(documentId, {}),
            reload: () => this.model.load(),
        });
    }
}

export const incomingListView = { ...listView, Controller: IncomingListController };

registry.category("views").add("civic_incoming_list", incomingListView);
