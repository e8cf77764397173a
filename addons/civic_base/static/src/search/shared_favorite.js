import { patch } from "@web/core/utils/patch";
import { CustomFavoriteItem } from "@web/search/custom_favorite_item/custom_favorite_item";
import { SearchModel } from "@web/search/search_model";

/**
 * A search may be saved for the own unit as well. The server knows which unit that is: the browser only
 * tells the wish (see create_filter of ir.filters).
 */
patch(CustomFavoriteItem.prototype, {
    setup() {
        super.setup(...arguments);
        this.state.shareWithUnit = false;
    },
    async saveFavorite() {
        this.env.searchModel.civicShareWithUnit = this.state.shareWithUnit;
        try {
            const id = await super.saveFavorite(...arguments);
            this.state.shareWithUnit = false;
            return id;
        } finally {
            this.env.searchModel.civicShareWithUnit = false;
        }
    },
});

patch(SearchModel.prototype, {
    _getIrFilterDescription() {
        const description = super._getIrFilterDescription(...arguments);
        if (this.civicShareWithUnit) {
            description.irFilter.civic_share = "unit";
        }
        return description;
    },
});
