import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";

import { useIncomingUpload } from "../components/incoming_upload/incoming_upload_hook";

export class IncomingKanbanController extends KanbanController {
    static template = "civic_incoming.IncomingKanbanView";

    setup() {
        super.setup();
        this.incomingUpload = useIncomingUpload({
            openDocument: (documentId) => this.props.selectRecord(documentId, {}),
            reload: () => this.model.load(),
        });
    }
}

export const incomingKanbanView = { ...kanbanView, Controller: IncomingKanbanController };

registry.category("views").add("civic_incoming_kanban", incomingKanbanView);
