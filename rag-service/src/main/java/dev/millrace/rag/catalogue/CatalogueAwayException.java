package dev.millrace.rag.catalogue;

/** PostgreSQL doesn't answer, or not as it should; what failed can be tried again. */
public final class CatalogueAwayException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CatalogueAwayException(Exception cause) {
        super("the catalogue can't be reached: " + cause.getMessage(), cause);
    }
}
