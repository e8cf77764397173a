import { makeContext } from "@web/core/context";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { getBasicEvalContext, getFieldsSpec } from "@web/model/relational_model/utils";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { browser } from "@web/core/browser/browser";
import { EventBus, onMounted, onWillStart, onWillUnmount, reactive, useEffect } from "@odoo/owl";

import { CarryOver, EntryModelPalette } from "./entry_models";
import { KeyHelpDialog } from "./key_help";
import { PageCache } from "./page_cache";
import { ReturnDialog } from "./return_dialog";

const QUEUE_ACTION = "civic_incoming.civic_document_action_to_register";
/** How long the clerk may rest before the draft is compared with what is there. */
const GUARD_DELAY = 350;
/** The next draft is read when the shown one has settled. */
const PREFETCH_DELAY = 150;
const GUARDED_FIELDS = ["reference", "issuer_id", "issuer_name", "subject", "issue_date"];

/** Opens a draft that was read before without asking the server again. */
export class DeskModel extends RelationalModel {
    setup() {
        super.setup(...arguments);
        this.prefetched = new Map();
    }

    async _loadRecords(config) {
        if (config.isMonoRecord && this.prefetched.has(config.resId)) {
            const values = this.prefetched.get(config.resId);
            this.prefetched.delete(config.resId);
            return [values];
        }
        return super._loadRecords(...arguments);
    }

    get specification() {
        const { activeFields, fields } = this.config;
        return getFieldsSpec(activeFields, fields, getBasicEvalContext(this.config));
    }
}

/**
 * What the clerk's form shares with its parts: who holds the draft, what waits, what was found, and the acts behind
 * the keys. `state` is reactive; parts that do something on a key put it into `handlers`.
 */
export class Desk {
    constructor(services) {
        Object.assign(this, services);
        this.bus = new EventBus();
        this.pages = new PageCache(this.orm);
        this.carry = new CarryOver();
        this.isClerk = false;
        this.leased = new Set();
        this.skipped = [];
        this.next = null;
        this.isBusy = false;
        this.lastField = null;
        this.guardRound = 0;
        this.state = reactive({
            queue: null,
            lock: false,
            takenBy: false,
            stamped: null,
            problem: null,
            notice: null,
            findings: [],
            touched: {},
            pinned: this.carry.names,
        });
        this.handlers = {
            registerAndNext: () => this.registerAndNext(),
            skip: () => this.skip(),
            returnToSender: () => this.openReturn(),
            takeOver: () => this.takeOver(),
            openDuplicate: () => this.openDuplicate(),
            discardDuplicate: () => this.discard(this.duplicates[0]),
            backToQueue: () => this.backToQueue(),
            paste: () => this.paste(),
            pin: () => this.togglePin(),
            palette: () => this.openPalette(),
            applyModel: (digit) => this.applyShortcut(digit),
            reject: (_argument, target) => this.reject(target),
            help: () => this.dialog.add(KeyHelpDialog, { desk: this }),
        };
    }

    // ---------------------------------------------------------------- what is shown

    get model() {
        return this.controller.model;
    }

    get root() {
        return this.model.root;
    }

    /** Whether the form shows a draft that this person may register. */
    get isActive() {
        const data = this.root?.data;
        return Boolean(
            this.isClerk &&
                !this.controller.env.inDialog &&
                data &&
                data.direction === "incoming" &&
                data.state === "draft"
        );
    }

    get canPrefetch() {
        return this.isActive && Boolean(this.controller.props.context.civic_to_register);
    }

    get duplicates() {
        return this.state.findings.filter(
            (finding) => finding.document_id && finding.document_id !== this.root.resId
        );
    }

    canRun(entry, target, argument) {
        if (!this.handlers[entry.id] || this.controller.env.inDialog) {
            return false;
        }
        switch (entry.id) {
            case "registerAndNext":
                return true;
            case "reject":
                return this.isActive && this.isSuggested(this.getFieldName(target)) && !this.hasOpenDropdown();
            case "takeOver":
                return this.isActive && Boolean(this.state.lock);
            case "openDuplicate":
                return this.isActive && this.duplicates.length > 0;
            case "discardDuplicate":
                return this.isActive && !this.root.isNew && this.duplicates.length > 0;
            case "applyModel":
                return this.isActive && argument !== undefined;
        }
        return entry.when === "always" ? this.isClerk : this.isActive;
    }

    run(id, argument, target) {
        return this.handlers[id](argument, target);
    }

    hasOpenDropdown() {
        return Boolean(document.querySelector(".o-autocomplete--dropdown-menu, .o_datetime_picker, .o-dropdown--menu"));
    }

    // ---------------------------------------------------------------- fields

    get formElement() {
        return this.controller.rootRef.el;
    }

    getFieldName(target) {
        return target?.closest?.(".o_field_widget[name]")?.getAttribute("name");
    }

    getFieldElement(name) {
        return this.formElement?.querySelector(`.o_field_widget[name="${name}"]`);
    }

    focusField(name) {
        const input = this.getFieldElement(name)?.querySelector(
            "input:not([type=hidden]), textarea, select, button, [tabindex]"
        );
        if (input) {
            input.focus();
            input.select?.();
            input.scrollIntoView({ block: "nearest" });
        }
        return Boolean(input);
    }

    /** The first field in the order of the paper that is still to be read: suggested or empty. */
    focusFirst() {
        const order = ["issuer_id", "reference", "issue_date", "type_id", "subject", "signer_name"];
        const data = this.root.data;
        const name = order.find((field) => this.isSuggested(field) || !data[field]) || order[0];
        if (!this.focusField(name)) {
            this.focusField(order[0]);
        }
    }

    isEditable(name) {
        const element = this.getFieldElement(name);
        return Boolean(element) && !element.classList.contains("o_readonly_modifier");
    }

    /** Fills values in, as the server or an entry model gives them; `onlyEmpty` leaves what is there. */
    async fill(values, { onlyEmpty = false } = {}) {
        const changes = {};
        const data = this.root.data;
        for (const [name, value] of Object.entries(values)) {
            const field = this.root.fields[name];
            if (!(name in this.root.activeFields) || !this.isEditable(name)) {
                continue;
            }
            if (field.type === "many2many") {
                if (!onlyEmpty || !data[name].currentIds.length) {
                    await data[name].addAndRemove({ add: value.map((item) => item.id), remove: [] });
                }
                continue;
            }
            if (onlyEmpty && data[name]) {
                continue;
            }
            changes[name] = this.parse(field, value);
        }
        const names = Object.keys(changes);
        if (names.length) {
            await this.root.update(changes);
            names.forEach((name) => this.confirm(name));
        }
        return names;
    }

    parse(field, value) {
        if (field.type === "date" && typeof value === "string") {
            return luxon.DateTime.fromISO(value);
        }
        return value;
    }

    // ---------------------------------------------------------------- suggestions

    getSuggestion(name) {
        const suggestion = (this.root.data.suggestions || {})[name];
        return suggestion && suggestion.state === "suggested" ? suggestion : null;
    }

    /** Whether the field still shows what the page was read as, and nobody has said yes or no to it. */
    isSuggested(name) {
        return Boolean(
            name && this.isActive && !this.state.touched[`${this.root.resId},${name}`] && this.getSuggestion(name)
        );
    }

    confirm(name) {
        if (this.isSuggested(name)) {
            this.state.touched[`${this.root.resId},${name}`] = "confirmed";
            this.bus.trigger("SUGGESTIONS");
        }
    }

    async reject(target) {
        const name = this.getFieldName(target);
        this.state.touched[`${this.root.resId},${name}`] = "rejected";
        this.bus.trigger("SUGGESTIONS");
        await this.root.update({ [name]: this.root.fields[name].type === "selection" ? "normal" : false });
        this.focusField(name);
    }

    // ---------------------------------------------------------------- leases and the next draft

    get params() {
        return {
            res_ids: this.root.resIds,
            skip_ids: this.skipped,
            context: makeContext([this.root.context]),
        };
    }

    call(method, args = [], kwargs = {}) {
        return this.orm.silent.call(this.controller.props.resModel, method, args, kwargs);
    }

    applyState({ lock, queue, lease_seconds: seconds }) {
        if (queue) {
            this.state.queue = queue;
        }
        if (lock !== undefined) {
            this.state.lock = lock;
        }
        if (seconds) {
            this.leaseSeconds = seconds;
        }
    }

    /** The form shows another draft, or the same one as something else. */
    async onShown() {
        this.state.lock = false;
        this.state.takenBy = false;
        this.state.problem = null;
        if (this.guardedId !== this.root.resId) {
            this.state.findings = [];
            this.guardKey = null;
        }
        browser.clearTimeout(this.prefetchTimer);
        const resId = this.root.resId;
        const wanted = new Set([this.isActive && resId, this.next?.id].filter(Boolean));
        const left = [...this.leased].filter((id) => !wanted.has(id));
        if (left.length) {
            left.forEach((id) => this.leased.delete(id));
            this.call("desk_release", [left]);
        }
        if (!this.isActive) {
            // registered by the button above the form: one less waits
            if (this.isClerk && this.state.queue) {
                this.call("get_queue_count").then((queue) => this.applyState({ queue })).catch(() => {});
            }
            return;
        }
        if (!this.formElement?.contains(document.activeElement?.closest?.(".o_field_widget"))) {
            this.bus.trigger("SHOWN");
        }
        this.checkGuards();
        this.prefetchTimer = browser.setTimeout(() => this.prefetch(), PREFETCH_DELAY);
    }

    prefetch() {
        this.prefetching = this.readNext().catch(() => {});
        return this.prefetching;
    }

    /** A clerk faster than the server: the draft under way is the next one, no other. */
    async settlePrefetch() {
        browser.clearTimeout(this.prefetchTimer);
        await this.prefetching;
    }

    /** Takes or renews the lease of what is shown and, in the queue, reads what comes next. */
    async readNext() {
        const resId = this.root.resId;
        const ids = resId ? [resId] : [];
        if (!this.canPrefetch || this.next) {
            const answer = await this.call("desk_open", [[...ids, ...(this.next ? [this.next.id] : [])]]);
            if (resId === this.root.resId) {
                this.applyState(answer);
            }
            ids.forEach((id) => this.leased.add(id));
            return;
        }
        const answer = await this.call("desk_next", [ids, this.model.specification], this.params);
        ids.forEach((id) => this.leased.add(id));
        if (answer.next) {
            this.leased.add(answer.next.id);
        }
        if (resId !== this.root.resId || this.isGone) {
            return;
        }
        this.applyState(answer);
        this.setNext(answer.next);
    }

    setNext(next) {
        this.next = next && next.values ? next : null;
        if (this.next) {
            const [content] = this.next.values.preview_contents || [];
            this.pages.warm(content);
        }
    }

    async renew() {
        const ids = [...new Set([this.isActive && this.root.resId, this.next?.id].filter(Boolean))];
        if (ids.length) {
            const resId = this.root.resId;
            const answer = await this.call("desk_open", [ids]);
            if (resId === this.root.resId) {
                this.applyState(answer);
            }
        }
    }

    /** Fields left unchanged were said yes to: kept when the draft is put aside unregistered. */
    keepConfirmed() {
        const { resId } = this.root;
        const names = Object.keys(this.root.data.suggestions || {}).filter(
            (name) => this.state.touched[`${resId},${name}`] === "confirmed" && this.getSuggestion(name)
        );
        if (resId && names.length && this.isActive) {
            return this.call("confirm_suggestions", [[resId], names]);
        }
    }

    leave() {
        this.isGone = true;
        this.keepConfirmed()?.catch(() => {});
        browser.clearTimeout(this.prefetchTimer);
        browser.clearInterval(this.renewTimer);
        if (this.leased.size) {
            this.call("desk_release", [[...this.leased]]).catch(() => {});
        }
    }

    /** Shows the next draft: at once if it was read before. */
    async goTo(next, { leave = true, stamped } = {}) {
        if (leave) {
            this.leased.delete(this.root.resId);
        }
        if (!next) {
            this.state.stamped = stamped || this.state.stamped;
            return this.endOfQueue();
        }
        const read = next.values ? next : this.next?.id === next.id ? this.next : null;
        this.next = null;
        this.leased.add(next.id);
        if (read) {
            this.model.prefetched.set(next.id, read.values);
        }
        const resIds = this.root.resIds.includes(next.id) ? this.root.resIds : [...this.root.resIds, next.id];
        await this.model.load({ resId: next.id, resIds });
        // the number belongs to the draft before: it is shown together with the next one
        this.state.stamped = stamped || this.state.stamped;
        if (read) {
            // compared with what is there when it was read: asked again when something is typed
            this.guardedId = next.id;
            this.guardRound++;
            this.guardKey = JSON.stringify(this.getGuardValues());
            this.state.findings = read.findings;
        }
        await this.fillCarried();
        this.bus.trigger("SHOWN");
    }

    async endOfQueue() {
        if (this.state.stamped) {
            this.notification.add(
                _t("Arrival number %s. Nothing else waits to be registered.", this.state.stamped.number),
                { type: "success", title: _t("The pile is done") }
            );
        }
        await this.backToQueue({ forceLeave: true });
    }

    backToQueue(options = {}) {
        return this.action.doAction(QUEUE_ACTION, { clearBreadcrumbs: true, ...options });
    }

    // ---------------------------------------------------------------- acts

    /** Runs one act at a time: a second Ctrl+Enter while the first one is under way registers nothing twice. */
    async exclusive(act) {
        if (this.isBusy) {
            return;
        }
        this.isBusy = true;
        try {
            await this.settlePrefetch();
            return await act();
        } finally {
            this.isBusy = false;
        }
    }

    async registerAndNext() {
        if (!this.isActive) {
            return this.controller.saveAndOpenNext();
        }
        return this.exclusive(async () => {
            this.state.problem = null;
            this.leaveField();
            if (this.root.isNew && !(await this.controller.save())) {
                return this.refuse({ fields: this.getInvalidFields(), message: _t("Not saved yet: correct what is marked.") });
            }
            const changes = await this.root.getChanges();
            if (!(await this.root.checkValidity())) {
                return this.refuse({ fields: this.getInvalidFields(), message: _t("Correct what is marked.") });
            }
            const answer = await this.call("desk_register", [[this.root.resId], changes, this.model.specification], {
                next_id: this.next?.id || false,
                ...this.params,
            });
            if (!answer.ok) {
                return this.refuse(answer);
            }
            this.carry.remember(this.root.data, this.root.fields);
            this.applyState(answer);
            await this.goTo(answer.next, {
                stamped: { number: answer.number, name: answer.name, id: answer.id },
            });
        });
    }

    getInvalidFields() {
        return [...(this.formElement?.querySelectorAll(".o_field_invalid[name]") || [])].map((element) =>
            element.getAttribute("name")
        );
    }

    refuse({ fields, message }) {
        this.state.problem = message;
        for (const name of fields) {
            if (this.focusField(name)) {
                return;
            }
        }
    }

    /** What is being typed is taken over as if the field were left, and a calendar or list that hangs open is closed. */
    leaveField() {
        document.activeElement?.blur?.();
        if (this.hasOpenDropdown()) {
            this.formElement?.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
        }
    }

    skip() {
        return this.exclusive(async () => {
            this.leaveField();
            if (!this.root.isNew) {
                if ((await this.root.isDirty()) && !(await this.controller.save())) {
                    return;
                }
                this.skipped.push(this.root.resId);
                await this.keepConfirmed();
            }
            let next = this.next;
            if (!next) {
                const ids = this.root.isNew ? [] : [this.root.resId];
                ({ next } = await this.call("desk_next", [ids, this.model.specification], this.params));
            }
            await this.goTo(next, { leave: false });
        });
    }

    openReturn() {
        if (this.root.isNew) {
            return;
        }
        this.dialog.add(ReturnDialog, {
            onChosen: (reason) =>
                this.exclusive(async () => {
                    const answer = await this.call("desk_return", [[this.root.resId], reason, this.model.specification], {
                        next_id: this.next?.id || false,
                        ...this.params,
                    });
                    this.applyState(answer);
                    this.notification.add(_t("Returned to the sender: %s", reason), { type: "success" });
                    await this.goTo(answer.next);
                }),
        });
    }

    async takeOver() {
        const answer = await this.call("desk_take_over", [[this.root.resId]]);
        this.leased.add(this.root.resId);
        this.state.takenBy = false;
        this.applyState(answer);
        // the colleague may have saved since this form was opened
        if (!(await this.root.isDirty())) {
            await this.root.load();
        }
        this.focusFirst();
    }

    onTaken({ document_id: documentId, user: name }) {
        if (documentId === this.next?.id) {
            this.next = null;
        }
        this.leased.delete(documentId);
        if (documentId === this.root.resId) {
            this.state.takenBy = name;
            this.state.lock = { user: name };
        }
    }

    /** The reading of a scan has ended: what it found comes into the fields that nobody has touched. */
    async onRead({ document_id: documentId }) {
        if (documentId === this.next?.id) {
            this.next = null;
            this.prefetch();
        }
        if (documentId !== this.root.resId || !this.isActive) {
            return;
        }
        const root = this.root;
        const [values] = await this.orm.silent.webRead(this.controller.props.resModel, [documentId], {
            specification: this.model.specification,
            context: root.context,
        });
        if (root !== this.root || !values) {
            return;
        }
        const editing = this.getFieldName(document.activeElement);
        // what was typed and not yet taken over by the form stays, whatever the page says
        if (editing && document.activeElement.value !== undefined && !(editing in root._changes)) {
            delete values[editing];
        }
        this.pages.forget(root.data.preview_contents?.[0]?.id);
        root._applyValues(values);
        this.bus.trigger("PAGES");
        this.bus.trigger("SUGGESTIONS");
        this.checkGuards();
    }

    // ---------------------------------------------------------------- guards

    getGuardValues() {
        const data = this.root.data;
        return {
            id: this.root.resId || false,
            reference: data.reference || false,
            issuer_id: data.issuer_id ? data.issuer_id.id : false,
            issuer_name: data.issuer_name || false,
            subject: data.subject || false,
            issue_date: data.issue_date ? data.issue_date.toISODate() : false,
        };
    }

    async checkGuards() {
        const values = this.getGuardValues();
        const key = JSON.stringify(values);
        if (key === this.guardKey) {
            return;
        }
        this.guardKey = key;
        const round = ++this.guardRound;
        const findings = await this.call("check_guards", [values], { context: this.root.context });
        if (round === this.guardRound && !this.isGone) {
            this.state.findings = findings;
        }
    }

    openDuplicate(finding = this.duplicates[0]) {
        const field = this.lastField;
        const draft = this.root;
        this.dialog.add(
            FormViewDialog,
            {
                resModel: this.controller.props.resModel,
                resId: finding.document_id,
                title: finding.message,
                readonly: true,
                preventCreate: true,
                preventEdit: true,
                size: "lg",
            },
            { onClose: () => draft === this.root && field && this.focusField(field) }
        );
    }

    async discard(finding) {
        if (this.root.isNew) {
            return;
        }
        const id = this.root.resId;
        return this.exclusive(async () => {
            const answer = await this.call(
                "desk_discard",
                [[id], finding.document_id, "", this.model.specification],
                { next_id: this.next?.id || false, ...this.params }
            );
            this.applyState(answer);
            const close = this.notification.add(_t("Discarded: the same document as the one found."), {
                type: "info",
                autocloseDelay: 15000,
                buttons: [
                    {
                        name: _t("Undo"),
                        primary: true,
                        onClick: async () => {
                            close();
                            await this.call("action_undo_discard", [[id]]);
                            await this.model.load({ resId: id });
                        },
                    },
                ],
            });
            await this.goTo(answer.next);
        });
    }

    // ---------------------------------------------------------------- filling in

    async paste(text) {
        const field = this.lastField;
        if (text === undefined) {
            try {
                text = await browser.navigator.clipboard.readText();
            } catch {
                this.state.notice = _t("The browser does not let the page read the clipboard: paste into the number field.");
                return;
            }
        }
        const values = await this.call("parse_pasted_text", [text]);
        const names = await this.fill(values);
        this.state.notice = names.length ? null : _t("What was copied names no number, date, issuer or type.");
        if (field) {
            this.focusField(field);
        }
        return names;
    }

    togglePin(name = this.lastField) {
        if (!name || !this.carry.accepts(name)) {
            this.state.notice = _t("This field differs from document to document: it is not kept.");
            return;
        }
        const isPinned = this.carry.toggle(name);
        this.state.pinned = this.carry.names;
        const label = this.root.fields[name].string;
        this.state.notice = isPinned
            ? _t("“%s” is kept for the next documents.", label)
            : _t("“%s” is no longer kept.", label);
        this.bus.trigger("SUGGESTIONS");
    }

    async fillCarried() {
        if (this.isActive) {
            const values = this.carry.getValues();
            if (Object.keys(values).length) {
                await this.fill(values, { onlyEmpty: true });
            }
        }
    }

    /** Puts words of the page into the field, read as what the field holds. */
    async fillPicked(name, text, fallback = text) {
        const type = this.root.fields[name]?.type;
        if (!type || !this.isEditable(name)) {
            this.state.notice = _t("This field cannot be filled from the page.");
            return;
        }
        // what stands in the field is given up: it must not come back when the field is left
        await this.model._askChanges();
        let values = { [name]: text };
        if (!["char", "text"].includes(type) || ["reference", "issuer_name"].includes(name)) {
            values = await this.call("parse_picked_text", [name, text]);
            if (!Object.keys(values).length && fallback !== text) {
                values = await this.call("parse_picked_text", [name, fallback]);
            }
        }
        const names = await this.fill(values);
        this.state.notice = names.length
            ? null
            : _t("“%(text)s” cannot be read as “%(field)s”.", { text, field: this.root.fields[name].string });
        this.focusField(names.includes(name) || !names.length ? name : names[0]);
    }

    async loadModels() {
        this.models = this.models || (await this.orm.silent.call("civic.entry.model", "get_entry_models", []));
        return this.models;
    }

    async applyShortcut(digit) {
        const model = (await this.loadModels()).find((candidate) => candidate.shortcut === digit);
        if (!model) {
            this.state.notice = _t("No entry model is on the key %s. Alt+M keeps one.", digit);
            return;
        }
        await this.applyModel(model);
    }

    async applyModel(model) {
        const field = this.lastField;
        await this.fill(model.values);
        this.state.notice = _t("Filled in: %s", model.name);
        if (field) {
            this.focusField(field);
        }
    }

    async openPalette() {
        const field = this.lastField;
        const models = await this.loadModels();
        this.dialog.add(
            EntryModelPalette,
            {
                models,
                values: this.carry.collect(this.root.data, this.root.fields),
                labels: Object.fromEntries(Object.entries(this.root.fields).map(([name, item]) => [name, item.string])),
                onApply: (model) => this.applyModel(model),
                onSave: async ({ name, values, shortcut, isShared }) => {
                    this.models = await this.orm.call("civic.entry.model", "save_entry_model", [
                        name,
                        values,
                        shortcut,
                        isShared,
                    ]);
                    this.state.notice = _t("Kept: %s", name);
                },
                onDelete: async (model) => {
                    await this.orm.unlink("civic.entry.model", [model.id]);
                    this.models = this.models.filter((candidate) => candidate.id !== model.id);
                    return this.models;
                },
            },
            { onClose: () => field && this.focusField(field) }
        );
    }
}

/** Sets up the desk of a form controller: leases, guards, suggestions and what is kept. */
export function useDesk(controller) {
    const desk = new Desk({
        controller,
        orm: useService("orm"),
        action: useService("action"),
        dialog: useService("dialog"),
        notification: useService("notification"),
    });
    const busService = useService("bus_service");
    const onTaken = (payload) => desk.onTaken(payload);
    const onRead = (payload) => desk.onRead(payload);

    onWillStart(async () => {
        desk.isClerk = await user.hasGroup("civic_base.group_clerk");
    });
    onMounted(() => {
        busService.subscribe("civic_desk_taken", onTaken);
        busService.subscribe("civic_document_read", onRead);
        desk.renewTimer = browser.setInterval(
            () => desk.renew().catch(() => {}),
            ((desk.leaseSeconds || 120) / 3) * 1000
        );
    });
    onWillUnmount(() => {
        busService.unsubscribe("civic_desk_taken", onTaken);
        busService.unsubscribe("civic_document_read", onRead);
        desk.leave();
    });

    useBus(desk.bus, "SHOWN", () =>
        browser.requestAnimationFrame(() => !desk.isGone && desk.isActive && desk.focusFirst())
    );
    useEffect(
        () => {
            desk.onShown();
        },
        () => [controller.model.root.resId, controller.model.root.data.state, desk.isClerk]
    );

    const checkGuards = useDebounced(() => !desk.isGone && desk.isActive && desk.checkGuards(), GUARD_DELAY);
    useEffect(
        () => {
            if (desk.isActive) {
                checkGuards();
            }
        },
        () => GUARDED_FIELDS.map((name) => {
            const value = controller.model.root.data[name];
            return value?.id ?? value?.ts ?? value;
        })
    );
    return desk;
}
