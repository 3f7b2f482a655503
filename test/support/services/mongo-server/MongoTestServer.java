import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A server for tests that speaks the MongoDB protocol on loopback, without users or TLS:
 *
 * <pre>
 * java -cp 'classes:lib/*' MongoTestServer memory PORT
 * java -cp 'classes:lib/*' MongoTestServer h2 PORT FILE
 * </pre>
 *
 * It prints "READY port" when it listens, and ends with the process that started it, however that ends. Passing on it proves our filters and indexes, not MongoDB: it has no write concern, no failover and
 * no transactions.
 */
public final class MongoTestServer {
  /** The library stops at wire version 8 of MongoDB 4.0; the Node.js driver 7 asks for 9 or more. 13 is MongoDB 5.0. */
  private static final MongoVersion VERSION = new MongoVersion() {
    @Override public List<Integer> getVersionArray() { return List.of(5, 0, 0); }

    @Override public int getWireVersion() { return 13; }
  };

  public static void main(String[] arguments) throws InterruptedException {
    int port = Integer.parseInt(arguments[1]);
    MongoBackend backend = switch (arguments[0]) {
      case "memory" -> inMemory();
      case "h2" -> inFile(arguments[2]);
      default -> throw new IllegalArgumentException("memory PORT or h2 PORT FILE");
    };
    MongoServer server = new MongoServer(backend.version(VERSION));
    server.bind(new InetSocketAddress("127.0.0.1", port));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("READY " + server.getLocalAddress().getPort());
    ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(0)));
    Thread.currentThread().join();
  }

  private static MongoBackend inMemory() {
    Serial serial = new Serial(() -> {});
    return new MemoryBackend() {
      @Override public Document handleCommand(Channel channel, String database, String command, Document query) {
        return serial.run(command, known -> super.handleCommand(channel, database, known, query));
      }
    };
  }

  /** The backend alone writes behind; here an answer means that the write is on the disk, as w: majority with j does. */
  private static MongoBackend inFile(String file) {
    return new H2Backend(file) {
      private final Serial serial = new Serial(() -> {
        getMvStore().commit();
        getMvStore().sync();
      });

      @Override public Document handleCommand(Channel channel, String database, String command, Document query) {
        return serial.run(command, known -> super.handleCommand(channel, database, known, query));
      }
    };
  }
}
