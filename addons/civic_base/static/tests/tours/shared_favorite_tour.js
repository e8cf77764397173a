import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("civic_base_share_search", {
    steps: () => [
        { content: "open the search menu", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { content: "save the search", trigger: ".o_add_favorite.o_accordion_toggle", run: "click" },
        { content: "name it", trigger: ".o_favorite_menu .o_accordion_values input[type=text]", run: "edit Việc của tổ" },
        { content: "for the unit too", trigger: ".o_favorite_menu .o_civic_share_unit input", run: "click" },
        { content: "save", trigger: ".o_favorite_menu .o_save_favorite", run: "click" },
        { content: "it is in use", trigger: ".o_searchview_facet:contains('Việc của tổ')" },
    ],
});

registry.category("web_tour.tours").add("civic_base_use_shared_search", {
    steps: () => [
        { content: "open the search menu", trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { content: "the search of the team", trigger: ".o_favorite_menu .o_favorite_item:contains('Việc của tổ')", run: "click" },
        { content: "it is in use", trigger: ".o_searchview_facet:contains('Việc của tổ')" },
    ],
});
