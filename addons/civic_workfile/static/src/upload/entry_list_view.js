import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { useWorkfileUpload } from "./workfile_upload_hook";

/** The contents of one file: what is dropped on their list goes into it. */
export class EntryListController extends ListController {
    static template = "civic_workfile.EntryListView";

    setup() {
        super.setup();
        this.upload = useWorkfileUpload({
            getWorkfileId: () => this.props.context.default_workfile_id || false,
            reload: () => this.model.load(),
        });
    }
}

registry.category("views").add("civic_workfile_entry_list", { ...listView, Controller: EntryListController });
