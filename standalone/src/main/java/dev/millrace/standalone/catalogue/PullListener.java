package dev.millrace.standalone.catalogue;

/** Hears how a pull goes; called on the pulling thread. */
public interface PullListener {
    /** Bytes that lie on the disk, of all that there will be. */
    void progress(long done, long total);

    /** A sentence for the user: where from, what failed, what is tried next. */
    void say(String sentence);
}
