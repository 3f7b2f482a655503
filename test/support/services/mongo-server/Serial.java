import de.bwaldvogel.mongo.bson.Document;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * Runs one command at a time and answers with a copy that is made before the next one runs: the library hands out
 * documents of its collections, which another command may change before they are encoded for the network.
 */
final class Serial {
  private static final Set<String> WRITES = Set.of(
      "insert", "update", "delete", "findandmodify", "create", "createindexes", "drop", "dropindexes", "dropdatabase");

  private final Runnable persist;

  /** @param persist makes durable what a command wrote */
  Serial(Runnable persist) {
    this.persist = persist;
  }

  /** @param perform runs a command of the name it is given, as the library knows it */
  synchronized Document run(String command, Function<String, Document> perform) {
    // What follows is missing in the library: drivers say goodbye with endSessions, and greet with hello since MongoDB 5.0.
    if (command.equals("endSessions")) return new Document("ok", 1.0);
    boolean isHello = command.equals("hello");
    Document answer = perform.apply(isHello ? "isMaster" : command);
    if (WRITES.contains(command.toLowerCase(Locale.ROOT))) persist.run();
    Document copy = answer == null ? null : answer.cloneDeeply();
    if (isHello && copy != null) copy.put("isWritablePrimary", true);
    return copy;
  }
}
