package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Runs threads one at a time and decides at each of their scheduling points which goes on: the same
 * decisions give the same run. Points are where a thread may meet another one: before a system call
 * ({@link ScheduledCalls}), before a lock is taken and after it is given back ({@link
 * ScheduledLocks}). Threads that it did not start pass through.
 *
 * <p>A thread that waits for a lock is not chosen until it is free. One that waits for a monitor is
 * seen by its state, and chosen no more until it has got it.
 */
public final class Scheduler {
  /** Whether a thread may go on now. */
  interface Condition {
    boolean holds();
  }

  /** Decides which thread goes on. */
  public interface Policy {
    /**
     * The next thread.
     *
     * @param step how many decisions were made before
     * @param current the thread that ran last; -1 at the beginning
     * @param runnable the threads that can go on, in ascending order; never empty
     */
    int choose(int step, int current, List<Integer> runnable);
  }

  /** What a run was made of. */
  public static final class Run {
    /** Which thread went on at each step. */
    public final List<Integer> choices = new ArrayList<>();

    /** Which threads could have. */
    public final List<List<Integer>> runnable = new ArrayList<>();

    /** What each step began with. */
    public final List<String> points = new ArrayList<>();

    /** The steps as text: thread and point, a line each. */
    public String trace() {
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < choices.size(); i++) {
        out.append(i).append(' ').append((char) ('A' + choices.get(i))).append(' ');
        out.append(points.get(i)).append('\n');
      }
      return out.toString();
    }
  }

  private static final int SECONDS_FOR_A_STEP = 60;

  /** Wakes the one who decides; what counts is {@link Task#stopped}. */
  private final Semaphore arrived = new Semaphore(0);

  private volatile List<Task> tasks = List.of();

  /** A thread: it runs only between {@link #go} and the next {@link #arrived}. */
  private final class Task {
    final Semaphore go = new Semaphore(0);
    final Thread thread;
    volatile boolean done;
    volatile boolean waiting = true;
    volatile Condition condition = () -> true;
    volatile String point = "start";
    volatile Throwable problem;
    boolean inMonitor;

    Task(int number, Runnable body) {
      thread = new Thread(() -> run(body), "program-" + (char) ('A' + number));
      thread.setDaemon(true);
    }

    private void run(Runnable body) {
      go.acquireUninterruptibly();
      try {
        body.run();
      } catch (Throwable e) {
        problem = e;
      } finally {
        done = true;
        arrived.release();
      }
    }

    boolean stopped() {
      return done || waiting;
    }

    void stop(String what, Condition until) {
      point = what;
      condition = until;
      waiting = true;
      arrived.release();
      go.acquireUninterruptibly();
    }
  }

  /** A point where another thread may go on instead. */
  void point(String what) {
    await(what, () -> true);
  }

  /** A point behind which the condition holds; only other threads can make it so. */
  void await(String what, Condition condition) {
    Task task = current();
    if (task != null) {
      task.stop(what, condition);
    } else if (!condition.holds()) {
      throw new AssertionError(what + ": held by a thread that ended");
    }
  }

  /** Null in a thread that is none of ours. */
  private Task current() {
    for (Task task : tasks) {
      if (task.thread == Thread.currentThread()) {
        return task;
      }
    }
    return null;
  }

  /**
   * Runs the programs to their ends.
   *
   * @throws AssertionError for a deadlock, and for whatever a program throws; its message has the
   *     trace
   */
  public Run run(List<Runnable> programs, Policy policy) {
    Run run = new Run();
    List<Task> all = new ArrayList<>();
    for (Runnable program : programs) {
      all.add(new Task(all.size(), program));
    }
    tasks = all;
    for (Task task : all) {
      task.thread.start();
    }
    int last = -1;
    while (true) {
      List<Integer> runnable = runnable();
      if (runnable.isEmpty()) {
        break;
      }
      int next = policy.choose(run.choices.size(), last, runnable);
      Task task = all.get(next);
      run.choices.add(next);
      run.runnable.add(runnable);
      run.points.add(task.point);
      task.waiting = false;
      task.go.release();
      awaitArrival(task, run);
      last = next;
    }
    check(run);
    return run;
  }

  private void check(Run run) {
    for (Task task : tasks) {
      if (task.problem != null) {
        throw new AssertionError(
            task.thread.getName() + ": " + task.problem + "\n" + run.trace(), task.problem);
      }
    }
    for (Task task : tasks) {
      if (!task.done) {
        throw new AssertionError("deadlock:\n" + where() + run.trace());
      }
    }
  }

  private List<Integer> runnable() {
    List<Integer> runnable = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      if (task.inMonitor) {
        settle(task);
      }
      if (!task.done && task.waiting && task.condition.holds()) {
        runnable.add(i);
      }
    }
    return runnable;
  }

  /** A thread that got its monitor meanwhile runs on to its next point first. */
  private static void settle(Task task) {
    while (!task.stopped() && task.thread.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait();
    }
    task.inMonitor = !task.stopped();
  }

  private void awaitArrival(Task task, Run run) {
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_FOR_A_STEP);
      while (!task.stopped()) {
        boolean woken = arrived.tryAcquire(1, TimeUnit.MILLISECONDS);
        if (!woken && !task.stopped() && task.thread.getState() == Thread.State.BLOCKED) {
          task.inMonitor = true;
          return;
        }
        if (System.nanoTime() > end) {
          throw new AssertionError("a step does not end:\n" + where() + run.trace());
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String where() {
    StringBuilder out = new StringBuilder();
    for (Task task : tasks) {
      out.append(task.thread.getName()).append(task.done ? " done" : " at " + task.point);
      for (StackTraceElement frame : task.thread.getStackTrace()) {
        if (frame.getClassName().startsWith("org.stratafs.union")) {
          out.append("\n  ").append(frame);
        }
      }
      out.append('\n');
    }
    return out.toString();
  }
}
